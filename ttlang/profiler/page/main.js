/* Starts with the kernel that takes most time. */

if (PROFILE.kernels.length === 0) {
  show_in("summary", make("h1", {}, PROFILE.script), make("p", {}, "There is no kernel to show."));
  document.querySelector("main").hidden = true;
} else {
  const times = PROFILE.kernels.map((kernel) => kernel.cycles * kernel.calls);
  look_at_kernel(times.indexOf(Math.max(...times)));
}
document.documentElement.dataset.ready = "";

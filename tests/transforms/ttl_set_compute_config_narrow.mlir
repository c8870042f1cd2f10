// RUN: ttlang-opt %s -p 'ttl-set-compute-config{fp32_dest_acc_en=false}' | filecheck %s

// An option makes DST 16 bits wide, as it is by itself here. (Buffers of 32 bits refuse that: tests/driver/test_kernel.py.)
// CHECK: ttl.kernel @floats {{.*}}fp32_dest_acc_en = false
ttl.kernel @floats grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bfp_bf8>, 2>
}

// Bundles the extension and packs it: `build/ttlang.vsix`, the same bytes for the same sources.

import { build } from "esbuild";
import { createWriteStream, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { ZipFile } from "yazl";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const TARGET = join(ROOT, "build", "ttlang.vsix");
const EPOCH = new Date(1980, 0, 1);

const [, version] = /^version = "(.+)"$/m.exec(readFileSync(join(ROOT, "pyproject.toml"), "utf8"));
const manifest = { ...JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")), version };
for (const part of ["dependencies", "devDependencies", "scripts", "private"]) {
  delete manifest[part];
}

const bundle = await build({
  absWorkingDir: HERE,
  entryPoints: ["src/extension.ts"],
  bundle: true,
  minify: true,
  platform: "node",
  target: "node18",
  format: "cjs",
  external: ["vscode"],
  metafile: true,
  write: false,
});

/** The licences of the packages that are in the bundle. */
function notices() {
  const found = Object.keys(bundle.metafile.inputs).map((path) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[0]);
  const folders = [...new Set(found.filter(Boolean))].sort();
  return folders.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(HERE, folder, "package.json"), "utf8"));
    const file = readdirSync(join(HERE, folder)).find((each) => /^licen[cs]e/i.test(each));
    if (!file) {
      throw new Error(`${name} is bundled and has no licence`);
    }
    return `${name} ${version}\n\n${readFileSync(join(HERE, folder, file), "utf8").trim()}\n`;
  });
}

const escaped = (text) => text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);

const vsixmanifest = `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${manifest.name}" Version="${version}" Publisher="${manifest.publisher}"/>
    <DisplayName>${escaped(manifest.displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(manifest.description)}</Description>
    <Tags>${escaped(manifest.keywords.join(","))}</Tags>
    <Categories>${escaped(manifest.categories.join(","))}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${escaped(manifest.engines.vscode)}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="${manifest.extensionKind.join(",")}"/>
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>
`;

const types = ["js", "json", "md", "txt", "vsixmanifest"];
const contentTypes = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${types
  .map((each) => `<Default Extension=".${each}" ContentType="${each === "vsixmanifest" ? "text/xml" : "text/plain"}"/>`)
  .join("")}</Types>
`;

const files = {
  "extension.vsixmanifest": vsixmanifest,
  "[Content_Types].xml": contentTypes,
  "extension/package.json": JSON.stringify(manifest, null, 2),
  "extension/extension.js": bundle.outputFiles[0].text,
  "extension/mlir.json": readFileSync(join(HERE, "mlir.json"), "utf8"),
  "extension/README.md": readFileSync(join(HERE, "README.md"), "utf8"),
  "extension/LICENSE.txt": readFileSync(join(ROOT, "LICENSE"), "utf8"),
  "extension/ThirdPartyNotices.txt": notices().join("\n----\n\n"),
};
const archive = new ZipFile();
for (const [name, text] of Object.entries(files)) {
  archive.addBuffer(Buffer.from(text), name, { mtime: EPOCH, mode: 0o100644 });
}
archive.end();
mkdirSync(dirname(TARGET), { recursive: true });
await pipeline(archive.outputStream, createWriteStream(TARGET));
console.log(TARGET);

// The same five variants with sharp, each decoding the picture, all at once: the fastest way for sharp.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [installed, cores] = process.argv.slice(2);
const sharp = createRequire(`${installed}/`)("sharp");
sharp.concurrency(Number(cores));
sharp.cache(false);

const onWhite = (image) => image.flatten({ background: "white" });
const variants = {
  compressed: (image) => onWhite(image).jpeg({ quality: 85 }),
  low: (image) => onWhite(image).jpeg({ quality: 60 }),
  webp: (image) => image.webp({ quality: 85 }),
  png: (image) => image.png({ adaptiveFiltering: true }),
  thumbnail: (image) =>
    onWhite(image).resize(200, 200, { fit: "inside", withoutEnlargement: true }).jpeg({ quality: 85 }),
};

// maxRSS would include the process before exec().
const peak = () => Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
const say = (answer) => console.log(JSON.stringify(answer));
const processor = () => process.cpuUsage().user + process.cpuUsage().system;

say({ versions: { sharp: sharp.versions.sharp, vips: sharp.versions.vips, node: process.version }, idle: peak() });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const source = sharp(readFileSync(request.file)).rotate();
  const [wall, cpu] = [performance.now(), processor()];
  const made = await Promise.all(
    Object.entries(variants).map(async ([name, make]) => [name, await make(source.clone()).toBuffer()]),
  );
  const times = { wall: (performance.now() - wall) / 1e3, cpu: (processor() - cpu) / 1e6 };
  if (request.out) {
    mkdirSync(request.out, { recursive: true });
    for (const [name, content] of made) writeFileSync(`${request.out}/${name}`, content);
  }
  say({ ...times, bytes: Object.fromEntries(made.map(([name, content]) => [name, content.length])), peak: peak() });
}

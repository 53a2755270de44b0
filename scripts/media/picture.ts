type Point = [x: number, y: number];
type Color = [red: number, green: number, blue: number];

const SKY: Color = [13, 27, 52];
const HORIZON: Color = [38, 84, 124];
const SEA: Color = [9, 20, 40];
const MOON: Color = [255, 214, 138];
const HANDSET: Color = [242, 99, 83];
const SHADE: Color = [196, 62, 58];

/**
 * Draws a telephone handset ringing over a night sea, `size` by `size` pixels, as rows of 8-bit red,
 * green and blue. Shapes are signed distances, so every edge is anti-aliased by its distance.
 */
export function drawHandset(size: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      // Both axes run from -1 to 1, upwards and to the right.
      const point: Point = [((x + 0.5) / size) * 2 - 1, 1 - ((y + 0.5) / size) * 2];
      pixels.set(colorAt(point, size).map(Math.round), (y * size + x) * 3);
    }
  }
  return pixels;
}

function colorAt(point: Point, size: number): Color {
  const [x, y] = point;
  const pixel = 2 / size;
  const paint = (under: Color, over: Color, distance: number, opacity = 1) =>
    mix(under, over, opacity * Math.max(0, Math.min(1, 0.5 - distance / pixel)));

  let color = mix(HORIZON, SKY, Math.max(0, Math.min(1, (y + 0.5) / 1.3)));
  color = paint(color, MOON, circle(point, [0, 0.1], 0.5));

  // The ring: arcs of sound that fade as they leave the two ends of the handset.
  for (const [index, radius] of [0.64, 0.77, 0.9].entries()) {
    const rim = Math.abs(circle(point, [0, 0.1], radius)) - 0.02;
    const slope = Math.abs(Math.atan2(y - 0.1, Math.abs(x)) - 0.3);
    const aside = (slope - 0.4) * radius;
    color = paint(color, MOON, Math.max(rim, aside), 0.8 - index * 0.25);
  }

  // The sea: three swells, each lighter than the one behind it.
  [-0.5, -0.66, -0.82].forEach((level, index) => {
    const swell = y - level - 0.025 * Math.sin(x * (9 + 2 * index) + index * 2.1);
    color = paint(color, mix(SEA, HORIZON, index * 0.3), swell * 0.95);
  });

  const held = rotate([x, y - 0.02], -0.35);
  color = paint(color, SHADE, handset([held[0] - 0.012, held[1] + 0.03]));
  return paint(color, HANDSET, handset(held));
}

/** A grip bent over two cups, about the origin. */
function handset([x, y]: Point): number {
  const side = Math.abs(x);
  const grip = Math.max(Math.abs(Math.hypot(side, y + 0.33) - 0.48) - 0.075, -y - 0.12);
  const cup = roundedBox(rotate([side - 0.42, y + 0.17], -0.5), [0.1, 0.07], 0.06);
  return smoothUnion(grip, cup, 0.06);
}

function circle([x, y]: Point, [centerX, centerY]: Point, radius: number): number {
  return Math.hypot(x - centerX, y - centerY) - radius;
}

function roundedBox([x, y]: Point, [halfWidth, halfHeight]: Point, radius: number): number {
  const outX = Math.abs(x) - halfWidth;
  const outY = Math.abs(y) - halfHeight;
  const outside = Math.hypot(Math.max(outX, 0), Math.max(outY, 0));
  return outside + Math.min(Math.max(outX, outY), 0) - radius;
}

function smoothUnion(a: number, b: number, softness: number): number {
  const blend = Math.max(softness - Math.abs(a - b), 0) / softness;
  return Math.min(a, b) - (blend * blend * softness) / 4;
}

function rotate([x, y]: Point, radians: number): Point {
  const [sine, cosine] = [Math.sin(radians), Math.cos(radians)];
  return [x * cosine - y * sine, x * sine + y * cosine];
}

function mix(from: Color, to: Color, share: number): Color {
  return from.map((channel, index) => channel + ((to[index] ?? 0) - channel) * share) as Color;
}

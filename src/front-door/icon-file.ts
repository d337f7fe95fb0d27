import type { Page } from "../pages/framework/page";

/** The icon of the pages, drawn with 32 pixels, in the one format that a browser asks for by itself. */
const icon = [
  "AAABAAEAICAAAAEAIACrAwAAFgAAAIlQTkcNChoKAAAADUlIRFIAAAAgAAAAIAgGAAAAc3p69AAAA3JJREFUeNrlV2tIk2EUfs50XjZI8bYy8VKYXUESrOxX",
  "F1NXRvUn7UIFZdQsKuhGF4yKUCop2bBFRkj0Y9Fds7CbVAhlWdHNblih2XAVtZnpvhMtGt+2b7XNqT86/97zve97nvO+z3nO98rQzybrbwCBUk6lRr2QQbMJ",
  "yACgEn9j5u8gMhHDxOAWIrrahe4LP7SXHvsCgMSDEI06IQCoAGiytxsx+BWYiy0xHUdRdL3bpyuQAcd9Cf47ExpKJNMrjcpHypXqbK9PQLlCvQQyqvDX3TKg",
  "t3xUrITBYPXoBFhGc/1JLgIKlNGWGmimRHoEgIBUv1OcMFXBwXeDCnOHe8IBVW+UGRElBgrW/ShIk/epDqSo4sQgchSBqrI+ARAfEYOHRYfRsK0c51ftEoNY",
  "LlUdfgUQFqrE2cKdGBI1yDaelJKKsfHJYk6UuK8CcGdPgofIg2wZJ8cMtvvefzKi8d0rMSPGhGqm57k7gQ8+NxSS4cSyLQ7Zfv3egTm6IggsOBUGr/EagDgr",
  "KTuYr0HmyDT72CoIyNPvxJPWZimFSlcUZsa6AmBXAESEug2luL/9EOo3l2FQmKumbMrJx+KMLAffoopi3Gh66K4sCVb5TCkhqneePD5phP1YRw9OwuW1xQ4g",
  "Fk7IxNbp8x3WbDipx5nGW/8SqFQXAN0snGZmFs+rf/MUT1vf2sdJUQNRu67EBiJndDp081Y77Hug9hR01895QpuBku1YoVHXE2ic2BcbHmnLPDHSvgbN7W2I",
  "GRCOUHmw3WdoqMOSoyWeNqoHFm1VqosOEKPceXLL53ZMK92It6aPdl9CpMoh+LXnjVh6bK/n8sycKClEZqOyEuBHUiCm7FvvAOKPPW5pRr5+t435XjSIMGkl",
  "NBisLPB2qTWtX1xBvDMZkVu2Bd86O3wWsABnR9fdl8/k6clxBBrr/O1XoFP3bmKYKg5Nbe+x4MgetH4x+RS4686LHS4ktFtBmlwhV10j0MTe6pZmbRW5b0b6",
  "hi6LjGcD3NRL8dv+3Q3LLhrN6MwAo9bf0Rlo9Kwda6+0m42KbGYu9ysCQSiXFKK/me1ngqgUwPAeZc981qKrnuX1D4lZV11jjjaPEQSsZsZrH4PXoNu6wu3L",
  "yBsL0mSNkiNwBjNPJlAsEyLAHEFEIc6EY+A2gU+btdWVf32a/Zev45+P3zGRzlDp9AAAAABJRU5ErkJggg==",
];

export function makeIconFile(): Page {
  const file = Buffer.from(icon.join(""), "base64");
  return {
    path: "/favicon.ico",
    isFile: true,
    enabled: true,
    get: () => Promise.resolve({ file, type: "image/x-icon", headers: { "Cache-Control": "public, max-age=86400" } }),
  };
}

/* Import opaque pictures into libwebp as YUV, a few rows at a time.
 *
 * Pillow imports a copy with four bytes a pixel, which libwebp converts to YUV, pixel by pixel. For rows of RGB, libwebp has
 * vectorized code. The levels are the same; the memory is less by four bytes a pixel.
 */

#include <stdlib.h>
#include <string.h>

#define STRIP 32 /* rows: even, because two rows share their chroma, and few, because they stay in the processor's cache */

static void
copy_plane(UINT8 *to, int to_stride, const UINT8 *from, int from_stride, int width, int height) {
    for (int y = 0; y < height; y++) {
        memcpy(to + (size_t)y * to_stride, from + (size_t)y * from_stride, width);
    }
}

/* Import the rows from `top` on. `rgb` has room for a strip of pixels, and for one byte more. */
static int
import_strip(WebPPicture *picture, Imaging im, int top, UINT8 *rgb) {
    WebPPicture strip;
    if (!WebPPictureInit(&strip)) {
        return 0;
    }
    int width = strip.width = im->xsize;
    int height = strip.height = im->ysize - top < STRIP ? im->ysize - top : STRIP;
    UINT8 *to = rgb;
    for (int y = top; y < top + height; y++) {
        const UINT8 *from = (UINT8 *)im->image32[y];
        for (int x = 0; x < width; x++, to += 3, from += 4) {
            memcpy(to, from, 4); /* the next pixel overwrites the last byte */
        }
    }
    int ok = WebPPictureImportRGB(&strip, rgb, 3 * width);
    if (ok) {
        int half = (width + 1) / 2, halves = (height + 1) / 2;
        size_t chroma = (size_t)top / 2 * picture->uv_stride;
        copy_plane(picture->y + (size_t)top * picture->y_stride, picture->y_stride, strip.y, strip.y_stride, width, height);
        copy_plane(picture->u + chroma, picture->uv_stride, strip.u, strip.uv_stride, half, halves);
        copy_plane(picture->v + chroma, picture->uv_stride, strip.v, strip.uv_stride, half, halves);
    }
    WebPPictureFree(&strip);
    return ok;
}

/* Import a picture without alpha for lossy compression. Return 0, or -2 after MemoryError has been set. */
static int
import_opaque(WebPPicture *picture, Imaging im) {
    ImagingSectionCookie cookie;
    picture->width = im->xsize;
    picture->height = im->ysize;
    picture->use_argb = 0;
    ImagingSectionEnter(&cookie);
    UINT8 *rgb = malloc((size_t)STRIP * 3 * im->xsize + 1);
    int ok = rgb && WebPPictureAlloc(picture);
    for (int top = 0; ok && top < im->ysize; top += STRIP) {
        ok = import_strip(picture, im, top, rgb);
    }
    free(rgb);
    ImagingSectionLeave(&cookie);
    if (!ok) {
        WebPPictureFree(picture);
        PyErr_SetString(PyExc_MemoryError, "can't allocate picture frame");
        return -2;
    }
    return 0;
}

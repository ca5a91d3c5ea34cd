"""What happens to a sheet of paper between the printer and the gate, the same each time."""

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WHITE, BLACK = 255, 0


def copied(sheet: Image.Image, *, specks: float, seed: int) -> Image.Image:
    """A photocopy: a little soft, all black or white, and of so many dots in a hundred the copy is black or white."""
    two_toned = sheet.filter(ImageFilter.GaussianBlur(0.8)).point(lambda tone: WHITE if tone > 127 else BLACK)
    chance = _chance(sheet.size, seed)
    pepper = chance.point(lambda drawn: BLACK if drawn < 1.28 * specks else WHITE)
    salt = chance.point(lambda drawn: WHITE if drawn > WHITE - 1.28 * specks else BLACK)
    return ImageChops.lighter(ImageChops.darker(two_toned, pepper), salt)


def turned(sheet: Image.Image, *, degrees: float) -> Image.Image:
    return sheet.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)


def creased(sheet: Image.Image, *, at: tuple[int, int], tone: int, width: int, shift: int) -> Image.Image:
    """Folded both ways at a point: lines of a tone along the folds, and what is past them has moved a little."""
    x, y = at
    folded = sheet.copy()
    folded.paste(sheet.crop((x, 0, sheet.width - shift, sheet.height)), (x + shift, 0))
    folded.paste(folded.crop((0, y, sheet.width, sheet.height - shift)), (0, y + shift))
    lines = ImageDraw.Draw(folded)
    lines.line(((x, 0), (x, sheet.height)), fill=tone, width=width)
    lines.line(((0, y), (sheet.width, y)), fill=tone, width=width)
    return folded


def dimmed(sheet: Image.Image, *, contrast: float, grain: int, seed: int) -> Image.Image:
    """A camera's picture in poor light: dark greys that differ by so little, and so much grain to either side."""
    grey = sheet.point(lambda tone: 40 + tone * contrast)
    noise = _chance(sheet.size, seed).point(lambda drawn: drawn * 2 * grain / WHITE)
    return ImageChops.subtract(ImageChops.add(grey, noise), Image.new("L", sheet.size, grain))


def shaded(sheet: Image.Image, *, darkest: float) -> Image.Image:
    """A hand's shadow: from full light at one side to a share of it at the other."""
    light = (
        Image.linear_gradient("L")
        .rotate(90)
        .resize(sheet.size)
        .point(lambda tone: WHITE * darkest + tone * (1 - darkest))
    )
    return ImageChops.multiply(sheet, light)


def blurred(sheet: Image.Image, *, dots: float) -> Image.Image:
    return sheet.filter(ImageFilter.GaussianBlur(dots))


def smaller(sheet: Image.Image, *, share: float) -> Image.Image:
    """Seen from further away."""
    return sheet.resize((round(sheet.width * share), round(sheet.height * share)), Image.Resampling.BILINEAR)


def _chance(size: tuple[int, int], seed: int) -> Image.Image:
    """An even chance for each dot, 0 to 255."""
    return Image.frombytes("L", size, Random(seed).randbytes(size[0] * size[1]))

"""How likely chance alone is, exactly: whole numbers and fractions, no approximation."""

from fractions import Fraction


def chance_of_at_least(found: int, *, of: int, rate: Fraction) -> Fraction:
    """The chance that `of` independent cases, each a hit at `rate`, hold `found` hits or more: the binomial's tail.

    One less the sum over k < found of C(of, k) rate^k (1 - rate)^(of - k).
    """
    if not (0 <= rate <= 1 and of >= 0):
        raise ValueError("a rate lies between 0 and 1, and cases are counted from 0")
    if found <= 0 or found > of:
        return Fraction(int(found <= 0))
    hits, misses = rate.numerator, rate.denominator - rate.numerator
    if misses == 0:
        return Fraction(1)
    below, term = 0, misses**of
    for k in range(found):
        below += term
        term = term * (of - k) * hits // ((k + 1) * misses)  # divides evenly: each term is a whole number
    return 1 - Fraction(below, rate.denominator**of)

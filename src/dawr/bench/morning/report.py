"""The report of a morning: one file with everything in it, in Arabic and in English, for a screen and for paper."""

from collections.abc import Callable, Sequence
from datetime import datetime

from markupsafe import Markup

from dawr.bench.morning.arrivals import CURVE, share_by
from dawr.bench.morning.charts import Axes, Point, Series, bars, cumulative, lines, stacked
from dawr.bench.morning.figures import MORNINGS, UNSEEN_SECONDS, Figures, Group
from dawr.bench.morning.line import GATHER_MINUTES
from dawr.bench.morning.replay import Replayed
from dawr.bench.morning.seekers import CLOSES_BROWSER_SHARE, STAYS_AWAY_SHARE, Ending, of_group
from dawr.web.language import translations
from dawr.web.page import environment
from dawr.web.session import Language

LANGUAGES: tuple[Language, Language] = ("ar", "en")

Said = Callable[[str], str]


def report(found: Figures, *, made_at: datetime) -> str:
    """The page: self-contained HTML without a script, Arabic first."""
    words = {language: _words(found, language=language, made_at=made_at) for language in LANGUAGES}
    return environment("ar", "western").get_template("bench/morning.html").render(words=words)


def _words(found: Figures, *, language: Language, made_at: datetime) -> Markup:
    said = translations(language).gettext
    polling = found.polling
    return Markup(  # noqa: S704 - our own template, which escapes what it is given
        environment(language, "western")
        .get_template("bench/morning_words.html")
        .render(
            found=found,
            plan=polling.plan,
            rules=polling.line.rules,
            mornings=(("polling", found.groups), ("polite", found.polite_groups)),
            curve=CURVE[1:-1],
            pictures=_pictures(found, _=said),
            endings=[ending for ending in Ending if ending is not Ending.UNANSWERED],
            unanswered=_unanswered(found),
            made_at=made_at,
            stays_away=round(STAYS_AWAY_SHARE * 100),
            closes_browser=round(CLOSES_BROWSER_SHARE * 100),
            gather_minutes=GATHER_MINUTES,
            lots_mornings=MORNINGS,
            unseen_seconds=UNSEEN_SECONDS,
        )
    )


def _unanswered(found: Figures) -> int:
    groups: Sequence[Group] = [*found.groups.values(), *found.polite_groups.values()]
    return sum(group.endings[Ending.UNANSWERED] for group in groups)


def _pictures(found: Figures, *, _: Said) -> dict[str, Markup]:
    """Each picture by name, with its words in one language."""
    drawn = {
        "arrivals": _arrivals(found.polling, _=_),
        "numbers": _numbers(found, _=_),
        "serving": _serving(found, _=_),
        "waits": _waits(found, _=_),
        "quota": _quota(found, _=_),
        "requests": _requests(found.polling, _=_),
    }
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - our own drawings, which escape their words


def _arrivals(run: Replayed, *, _: Said) -> str:
    honest = len(of_group(run.everybody, scripts=False))
    points = [(float(minute), honest * (share_by(minute + 1) - share_by(minute))) for minute in range(GATHER_MINUTES)]
    return bars(
        _("Honest people who come, minute by minute"),
        Series(points=points, tone="honest"),
        axes=Axes(across=_("Minutes since numbers were given"), up=_("People a minute"), across_most=GATHER_MINUTES),
    )


def _numbers(found: Figures, *, _: Said) -> str:
    series = [
        Series(points=cumulative(found.groups[name].numbers), tone=tone)
        for name, tone in (("scripts", "scripts"), ("honest", "honest dashed"))
    ]
    return lines(
        _("Who had which number at the opening"),
        series,
        axes=Axes(across=_("Number in line"), up=_("Per cent of each group with that number or a lower one")),
    )


def _serving(found: Figures, *, _: Said) -> str:
    series = [
        Series(points=_since_opening(run, run.serving), tone=tone)
        for run, tone in ((found.polite, "polite"), (found.polling, "serving"))
    ]
    return lines(
        _("Up to which number people were served"),
        series,
        axes=Axes(across=_("Minutes since the opening"), up=_("Number in line")),
        is_stepped=True,
    )


def _waits(found: Figures, *, _: Said) -> str:
    series = [
        Series(points=cumulative(group.waits), tone=tone)
        for group, tone in (
            (found.polite_groups["honest"], "polite"),
            (found.groups["scripts"], "scripts"),
            (found.groups["honest"], "honest dashed"),
        )
    ]
    return lines(
        _("How long those waited whose turn came"),
        series,
        axes=Axes(across=_("Minutes waited"), up=_("Per cent of each group whose turn had come")),
    )


def _quota(found: Figures, *, _: Said) -> str:
    series = []
    for run, tone in ((found.polite, "polite"), (found.polling, "serving")):
        left = [(minute, float(run.plan.quota - nth)) for nth, minute in enumerate(run.taken, start=1)]
        begun = [(run.opened_minute, float(run.plan.quota)), *left]
        series.append(Series(points=_since_opening(run, begun), tone=tone))
    return lines(
        _("Places left"),
        series,
        axes=Axes(across=_("Minutes since the opening"), up=_("Places left")),
        is_stepped=True,
    )


def _requests(run: Replayed, *, _: Said) -> str:
    last = int(run.closed_minute)
    kinds = (
        (run.honest.answered, "honest"),
        (run.scripts.answered, "scripts"),
        (run.honest.stopped + run.scripts.stopped, "stopped"),
    )
    # By the clock on the wall, for that is what the machine had to carry.
    seconds = 60 / run.plan.scale
    series = [
        Series(points=[(float(minute), counted[minute] / seconds) for minute in range(last + 1)], tone=tone)
        for counted, tone in kinds
    ]
    return stacked(
        _("Requests a second"),
        series,
        axes=Axes(across=_("Minutes since numbers were given"), up=_("Requests a second")),
    )


def _since_opening(run: Replayed, points: Sequence[tuple[float, float]]) -> list[Point]:
    return [(minute - run.opened_minute, float(value)) for minute, value in points if minute >= run.opened_minute]

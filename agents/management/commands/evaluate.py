"""`manage.py evaluate classifier|intent|exporter --model …`: how well an agent does on labelled cases."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from agents import evaluation
from agents.access import configured
from agents.evaluate import RULES, Report, evaluate
from agents.exams import EXAMS, CasesError, Exam, read_cases
from agents.prompts import version
from agents.reasons import label

FOLDER = settings.BASE_DIR / "tests" / "evaluation"
ASIDE = "aside"
MOST_SHOWN = 20


class Command(BaseCommand):
    """Prints a confusion matrix and figures in French, compares with the last time, and adds a line to the results."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the agent, who answers, and which cases."""
        parser.add_argument("exam", choices=sorted(EXAMS))
        parser.add_argument(
            "--model",
            action="append",
            default=[],
            help="`rules` (défaut) ou fournisseur:modèle ; plusieurs fois pour comparer",
        )
        parser.add_argument(
            "--set", default=ASIDE, help="quels cas : aside (mis de côté, défaut), dev, … ; sans effet avec --cases"
        )
        parser.add_argument("--cases", type=Path, help="un autre fichier de cas, une ligne de JSON chacun")
        parser.add_argument("--limit", type=int, help="les premiers seulement")
        parser.add_argument("--mistakes", action="store_true", help="montrer les cas manqués (jamais ceux mis de côté)")
        parser.add_argument(
            "--results", type=Path, default=FOLDER / "results.jsonl", help="où les résultats s'ajoutent"
        )
        parser.add_argument("--no-record", action="store_true", help="ne rien ajouter aux résultats")

    def handle(self, **options: Any) -> None:
        """Examine each model in turn."""
        exam = EXAMS[options["exam"]]
        path = options["cases"] or _file(exam, options["set"])
        if options["mistakes"] and f".{ASIDE}." in path.name:
            raise CommandError("Les cas mis de côté ne se montrent pas : une règle écrite pour eux ne prouverait rien.")
        try:
            cases = read_cases(path, exam)[: options["limit"]]
        except CasesError as error:
            raise CommandError(str(error)) from None
        for model in options["model"] or [RULES]:
            if model != RULES and model.partition(":")[0] not in configured():
                raise CommandError(f"{model} : ce fournisseur n'a pas de clé (voir .env.example).")
            report = evaluate(exam, cases, model, timezone.now())
            self._print(report, model, path)
            if options["mistakes"]:
                self._print_mistakes(report)
            line = _line(report, options["exam"], model, path)
            self._compare(line, _earlier(options["results"], line))
            if not options["no_record"]:
                with options["results"].open("a", encoding="utf-8") as results:
                    results.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _print(self, report: Report, model: str, path: Path) -> None:
        exam, found = report.exam, evaluation.scores(report.pairs, report.exam.labels)
        self.stdout.write(f"\n{exam.asked().label}, {model}, {len(report.answers)} cas de {path.name}\n\n")
        wide = max(len(name) for name in exam.labels) + 2
        self.stdout.write(" " * wide + "".join(f"{name[:9]:>10}" for name in exam.labels) + "   <- réponses")
        for name, row in zip(exam.labels, evaluation.confusion(report.pairs, exam.labels), strict=True):
            self.stdout.write(f"{name:<{wide}}" + "".join(f"{n or '·':>10}" for n in row))
        self.stdout.write(f"\n{'':<{wide}}{'précision':>10}{'rappel':>10}{'F1':>10}{'cas':>10}")
        for name, s in found.items():
            self.stdout.write(f"{name:<{wide}}{s.precision:>10.3f}{s.recall:>10.3f}{s.f1:>10.3f}{s.support:>10}")
        middle, slow = report.latency
        cost = "inconnu" if report.micros is None else f"{report.micros / 1e6:.4f} $"
        self.stdout.write(
            f"\nmacro-F1 {report.macro_f1:.3f} · exactitude {evaluation.accuracy(report.pairs):.3f} · coût {cost}"
            f" · durée médiane {middle * 1000:.1f} ms, 95 % sous {slow * 1000:.1f} ms"
        )
        if exam.watched:
            alarm = evaluation.alarm(report.pairs, exam.watched)
            self.stdout.write(f"{exam.watched} : rappel {alarm.recall:.3f}, fausses alertes {alarm.false_rate:.3f}")
        if report.stood_in:
            errors = sorted({answer.error for answer in report.answers if answer.error})
            why = " ; ".join(label(error) for error in errors)
            self.stdout.write(self.style.WARNING(f"{report.stood_in} cas répondus par les règles : {why}"))

    def _print_mistakes(self, report: Report) -> None:
        missed = [
            (a.case, pair) for a in report.answers for pair in report.exam.pairs(a.case, a.output) if pair[0] != pair[1]
        ]
        for case, (meant, said) in missed[:MOST_SHOWN]:
            self.stdout.write(f"  {case['id']} : {meant}, répondu {said}")
        if len(missed) > MOST_SHOWN:
            self.stdout.write(f"  … et {len(missed) - MOST_SHOWN} de plus")

    def _compare(self, line: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> None:
        if earlier is None:
            self.stdout.write("Première mesure de ces cas par ce modèle.")
            return
        change = line["macro_f1"] - earlier["macro_f1"]
        self.stdout.write(f"La dernière fois ({earlier['at'][:10]}) : {earlier['macro_f1']:.3f}, soit {change:+.3f}")


def _file(exam: Exam, name: str) -> Path:
    """Return the file of a set; an exam with one file only has no sets."""
    alone = FOLDER / f"{exam.files}.jsonl"
    return alone if alone.exists() else FOLDER / f"{exam.files}.{name}.jsonl"


def _line(report: Report, exam: str, model: str, path: Path) -> dict[str, Any]:
    """Return what is kept of a report."""
    found = evaluation.scores(report.pairs, report.exam.labels)
    middle, slow = report.latency
    line: dict[str, Any] = {
        "at": timezone.now().isoformat(timespec="seconds"), "exam": exam, "model": model,
        "prompt": "" if model == RULES else version(report.exam.agent), "cases": path.name,
        "count": len(report.answers), "macro_f1": round(report.macro_f1, 4),
        "accuracy": round(evaluation.accuracy(report.pairs), 4),
        "by_label": {name: [round(s.precision, 4), round(s.recall, 4)] for name, s in found.items()},
        "micros": report.micros, "ms": [round(middle * 1000, 2), round(slow * 1000, 2)], "stood_in": report.stood_in,
    }  # fmt: skip
    if report.exam.watched:
        alarm = evaluation.alarm(report.pairs, report.exam.watched)
        line["alarm"] = {"recall": round(alarm.recall, 4), "false_rate": round(alarm.false_rate, 4)}
    return line


def _earlier(path: Path, line: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the last line of the same exam, model and number of the same cases."""
    same = ("exam", "model", "cases", "count")
    lines: Sequence[str] = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    kept = [json.loads(text) for text in lines if text.strip()]
    return next((k for k in reversed(kept) if all(k[name] == line[name] for name in same)), None)

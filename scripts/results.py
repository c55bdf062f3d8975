"""results.py row NOTES | table NOTES...: what scripts/cases noted, for people."""

import json
import pathlib
import sys


class Notes:
    """A directory that scripts/cases filled for one application."""

    def __init__(self, directory: str):
        self.directory = pathlib.Path(directory)
        self.name = self.directory.name

    def text(self, name: str) -> str:
        path = self.directory / name
        return path.read_text().strip() if path.exists() else ""

    def json(self, name: str) -> dict:
        try:
            return json.loads(self.text(f"{name}.json"))
        except ValueError:
            return {}

    def seconds(self, name: str) -> str:
        return f"{float(self.text(f'{name}.seconds') or 0):.1f} s"

    def size(self) -> str:
        case = self.text("case")
        return f"{pathlib.Path(case).stat().st_size / 1024:.0f} KiB" if case else ""

    def failure(self) -> str:
        signature = self.json("show").get("case", {}).get("signature", {})
        kind = signature.get("exceptionType") or signature.get("outcome", "")
        return f"{signature.get('operation', '')}: `{kind}`"

    def verdict(self) -> str:
        verdict = self.json("show").get("verdict", {})
        if not verdict:
            return "none"
        evidence = ", ".join(str(event) for event in verdict.get("evidence", []))
        return f"tier {verdict.get('tier')}, {verdict.get('causeClass')}: {verdict.get('sentence')} (event {evidence})"

    def outcome(self, name: str) -> str:
        report = self.json(name)
        if not report:
            return f"no report (exit status {self.text(name + '.rc')}): {self.text(name + '.err')[:200]}"
        told = str(report.get("outcome"))
        if name == "run":
            attempts = report.get("attempts", [])
            count = attempts if isinstance(attempts, int) else len(attempts)
            return f"{told}, {report.get('reproduced')} of {count}"
        answer = report.get("answer", {})
        seen = answer.get("status", answer.get("exit"))
        told += f" (answers {seen})" if seen is not None else ""
        for database in report.get("databases", []):
            if count := database.get("beyondRecording"):
                source = {"solved": "the solved fixture", "copy": "the case's copy"}.get(database.get("state"), "recorded rows")
                told += f"; {count} new questions answered from {source} ({database.get('engine')})"
        return told

    def own_share(self) -> str:
        share = self.json("run").get("phases", {}).get("ownShare")
        return f"{share:.0f} ms" if isinstance(share, (int, float)) else ""


HEAD = """## Open applications

Made by `scripts/cases`; each application was recorded with no change to it, its services were stopped, and then its
case was shown and re-enacted, also with the version that fixes the failure.

| application | failure | verdict | re-enacted, services stopped | with the fixed version | case | `show` | `run -n {attempts}` | own share of a run |
|---|---|---|---|---|---|---|---|---|"""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def row(notes: Notes) -> str:
    name = f"{notes.name} {notes.text('faulty')}".strip()
    if failed := notes.text("failed"):
        return f"| {name} | {cell(failed)} | | | | | | | |"
    cells = [
        name,
        notes.failure(),
        notes.verdict(),
        notes.outcome("run"),
        f"{notes.text('fixed')}: {notes.outcome('code')}",
        notes.size(),
        notes.seconds("show"),
        notes.seconds("run"),
        notes.own_share(),
    ]
    return "| " + " | ".join(cell(text) for text in cells) + " |"


def main() -> None:
    every = [Notes(directory) for directory in sys.argv[2:]]
    if sys.argv[1] == "row":
        for notes in every:
            print(f"  {notes.verdict()}\n  run: {notes.outcome('run')}; with {notes.text('fixed')}: {notes.outcome('code')}")
        return
    print(HEAD.format(attempts=every[0].text("attempts") or "10"))
    for notes in every:
        print(row(notes))


main()

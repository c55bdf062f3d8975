"""Records programs several times, each time with another schedule, replays each recording several times, and compares."""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time

import matrix_programs


class Tally:
    """What came of one program's recordings."""

    def __init__(self):
        self.recordings = {"": 0, "--no-buffer": 0, "--chaos": 0}
        self.replays = self.events = self.registers = self.memory = self.preemptions = 0
        self.outputs = set()
        self.failures = []


def document(text):
    """The line of JSON that a recording or a whole replay ends with; nil where it did not come to its end."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return json.loads(line)
    return None


def schedule(number, seed):
    """Half of all with --chaos, a quarter without the buffer, a quarter with it."""
    if number % 2:
        return "--chaos", ["--chaos", str(seed + number)]
    return ("--no-buffer", ["--no-buffer"]) if number % 4 == 2 else ("", [])


def record(reenact, program, options, path):
    """Records once; the document that the recorder wrote, and what the program printed."""
    command = [reenact, "record", "--exec", "--json", *options, "--output", str(path), "--", *program.command()]
    said = path.with_suffix(".said")
    printed = path.with_suffix(".out")
    with open(said, "wb") as errors, open(printed, "wb") as output:
        recorder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        try:
            program.drive(recorder)
            recorder.wait(timeout=program.clock)
        except BaseException:
            recorder.send_signal(signal.SIGINT)
            try:
                recorder.wait(timeout=20)
            except subprocess.TimeoutExpired:
                recorder.kill()
                recorder.wait()
            raise
    return document(said.read_text(errors="replace")), printed.read_bytes()


def replay(reenact, path, options, clock):
    done = subprocess.run(
        [reenact, "replay", "--json", *options, str(path)], stdin=subprocess.DEVNULL, capture_output=True, timeout=clock
    )
    return done.returncode, document(done.stderr.decode(errors="replace")), done.stdout, done.stderr.decode(errors="replace")


def measure(reenact, program, recordings, replays, seed, tell):
    tally = Tally()
    for number in range(recordings):
        kind, options = schedule(number, seed)
        path = program.place / f"{program.name}-{number}.rexec"
        name = f"{program.name} {number} {' '.join(options)}"
        try:
            facts, printed = record(reenact, program, options, path)
        except Exception as error:  # whatever a client or the recorder did: told, and the next one is tried
            tally.failures.append(f"{name}: recording: {type(error).__name__} {error}")
            tell(tally.failures[-1])
            continue
        if facts is None:
            tally.failures.append(f"{name}: the recorder said no end")
            tell(tally.failures[-1])
            continue
        tally.recordings[kind] += 1
        tally.events += facts["events"]
        tally.preemptions += facts["preemptions"]
        tally.outputs.add(printed)
        isEqual = True
        for turn in range(replays):
            way = ["--no-buffer"] if turn % 2 else []
            try:
                status, found, again, said = replay(reenact, path, way, program.clock * 2)
            except subprocess.TimeoutExpired:
                status, found, again, said = None, None, b"", "it did not end in time"
            reasons = []
            if found is None:
                reasons.append(said.strip()[-300:] or "no report")
            else:
                tally.registers += found["registerChecks"]
                tally.memory += found["memoryChecks"]
                if found["events"] != facts["events"]:
                    reasons.append(f"{found['events']} of {facts['events']} events")
                if found["registerChecks"] == 0 or found["memoryChecks"] == 0:
                    reasons.append("nothing was compared")
            if status != facts["status"]:
                reasons.append(f"status {status}, recorded {facts['status']}")
            if again != printed:
                reasons.append("it printed something else")
            if reasons:
                isEqual = False
                tally.failures.append(f"{name}: replay {' '.join(way)}: {'; '.join(reasons)}")
                tell(tally.failures[-1])
            else:
                tally.replays += 1
        if isEqual:
            path.unlink()
    return tally


def thousands(number):
    return f"{number:,}"


def row(program, tally, replays):
    kinds = tally.recordings
    return (
        f"| {program.what} | {kinds['']} + {kinds['--no-buffer']} + {kinds['--chaos']} | "
        f"{tally.replays} of {sum(kinds.values()) * replays} | {thousands(tally.registers)} | {thousands(tally.memory)} | "
        f"{thousands(tally.preemptions)} | {len(tally.outputs)} |"
    )


HEAD = """| program | recordings: with the buffer + without + `--chaos` | replays equal | registers compared | \
memory compared | stops between instructions | different outputs |
|---|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser(prog="matrix", description=__doc__)
    parser.add_argument("reenact")
    parser.add_argument("place", type=pathlib.Path)
    parser.add_argument("--recordings", type=int, default=20)
    parser.add_argument("--replays", type=int, default=5)
    parser.add_argument("--only", action="append", help="a program's name; may be given again")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100000, help="of the first recording with --chaos")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    place = options.place.resolve()
    chosen = matrix_programs.programs(place)
    if options.list:
        return print("\n".join(f"{program.name}\t{program.what}" for program in chosen))
    if options.only:
        unknown = set(options.only) - {program.name for program in chosen}
        if unknown:
            sys.exit(f"no such program: {', '.join(sorted(unknown))}; --list shows what there is")
        chosen = [program for program in chosen if program.name in options.only]

    def tell(text):
        print(text, file=sys.stderr, flush=True)

    failures, rows, absent = [], [], []
    for program in chosen:
        start = time.monotonic()
        try:
            program.prepare()
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            absent.append(f"{program.name}: {error}")
            tell(absent[-1])
            continue
        tally = measure(options.reenact, program, options.recordings, options.replays, options.seed, tell)
        failures += tally.failures
        rows.append(row(program, tally, options.replays))
        tell(f"{rows[-1]} {time.monotonic() - start:.0f} s")
    print(f"Seed {options.seed}; {options.recordings} recordings of each, {options.replays} replays of each of them.\n")
    print(HEAD)
    print("\n".join(rows))
    for title, lines in (("Not equal", failures), ("Not tried", absent)):
        if lines:
            print(f"\n{title}:\n")
            print("\n".join(f"- {line}" for line in lines))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

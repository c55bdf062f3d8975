import ArgumentParser
import ReenactStore
import ReenactTimeline

/// A case as a test of somebody's own test suite: it passes when the failure is gone.
struct RegressionTest {
    /// Whose test it is.
    enum Form: String, ExpressibleByArgument, CaseIterable, Sendable {
        case pytest, node, shell
    }

    private let shown: ShownCase

    init(_ shown: ShownCase) { self.shown = shown }

    /// The name that the case's file has beside the test.
    var caseFile: String {
        let id = shown.case.id.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" }
        return String(id.prefix(80)) + Store.fileExtension
    }

    /// - Parameter beside: the case stands beside the test; else where it is now.
    func text(_ form: Form, beside: Bool) -> String {
        switch form {
        case .pytest: pytest(beside)
        case .node: node(beside)
        case .shell: shell(beside)
        }
    }

    private func pytest(_ beside: Bool) -> String {
        let place =
            beside
            ? "pathlib.Path(__file__).with_name(\(quoted(caseFile)))" : "pathlib.Path(\(quoted(shown.path)))"
        return """
            \"\"\"\(title).

            \(Self.plain(shown.verdict.sentence))

            Passes when the failure is gone. REENACT names the program; REENACT_CODE a directory of code that stands for
            the recorded one. Made by `reenact export --test pytest`.
            \"\"\"

            import os
            import pathlib
            import shutil
            import subprocess

            import pytest

            REENACT = os.environ.get("REENACT", "reenact")
            CASE = \(place)


            @pytest.mark.skipif(shutil.which(REENACT) is None, reason="reenact is not installed")
            def test_\(name)():
                command = [REENACT, "test", str(CASE)]
                if os.environ.get("REENACT_CODE"):
                    command += ["--code", os.environ["REENACT_CODE"]]
                done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr

            """
    }

    private func node(_ beside: Bool) -> String {
        let place = beside ? "path.join(__dirname, \(quoted(caseFile)))" : quoted(shown.path)
        return """
            // \(title).
            // \(Self.plain(shown.verdict.sentence))
            //
            // Passes when the failure is gone. REENACT names the program; REENACT_CODE a directory of code that stands
            // for the recorded one. Made by `reenact export --test node`; run it with `node --test`.
            const assert = require("node:assert");
            const { spawnSync } = require("node:child_process");
            const path = require("node:path");
            const test = require("node:test");

            const CASE = \(place);

            test(\(quoted(title)), (context) => {
              const code = process.env.REENACT_CODE ? ["--code", process.env.REENACT_CODE] : [];
              const done = spawnSync(process.env.REENACT || "reenact", ["test", CASE, ...code], { encoding: "utf8" });
              if (done.error && done.error.code === "ENOENT") return context.skip("reenact is not installed");
              assert.strictEqual(done.status, 0, `${done.stdout}${done.stderr}`);
            });

            """
    }

    private func shell(_ beside: Bool) -> String {
        let place = beside ? "$here/\(caseFile)" : shown.path
        let lines = beside ? "here=$(CDPATH='' cd -- \"$(dirname -- \"$0\")\" && pwd)\n" : ""
        return """
            #!/bin/sh
            # \(title).
            # \(Self.plain(shown.verdict.sentence))
            #
            # Exit status 0 when the failure is gone. REENACT names the program; REENACT_CODE a directory of code that
            # stands for the recorded one. Made by `reenact export --test shell`.
            \(lines)exec "${REENACT:-reenact}" test \(beside ? "\"\(place)\"" : Self.shellQuoted(place)) \
            ${REENACT_CODE:+--code "$REENACT_CODE"} "$@"

            """
    }

    private var title: String {
        let signature = shown.case.signature
        let what = signature.exceptionType.isEmpty ? signature.outcome.rawValue : signature.exceptionType.lastName
        return Self.plain("\(what) in \(signature.operation) (case \(shown.case.id))", 200)
    }

    /// `get_data_bookmark_type_error`: letters, digits and underscores.
    private var name: String {
        let signature = shown.case.signature
        let words = "\(signature.operation) \(signature.exceptionType.lastName)".lowercased()
            .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let name = String(words.joined(separator: "_").prefix(80))
        return name.isEmpty ? "case" : name
    }

    /// Recorded text in a comment: one line, and nothing that would end the comment.
    private static func plain(_ text: String, _ length: Int = 600) -> String {
        let line = Terminal.oneLine(text).map { character in character == "\\" || character == "\"" ? "'" : character }
        return String(line.prefix(length))
    }

    /// A string of Python and of JavaScript: JSON is both.
    private func quoted(_ text: String) -> String { (try? JSONText.encode(text)) ?? "\"\"" }

    private static func shellQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

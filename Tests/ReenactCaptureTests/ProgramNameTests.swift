import Testing

@testable import ReenactCapture

struct ProgramNameTests {
    private func name(_ command: [String], _ process: [String] = []) -> String {
        ProgramName.of(command: command, process: process) { $0.hasSuffix(".sh") }
    }

    @Test(arguments: [
        (["./app.sh"], ["python3", "-m", "shop", "serve"], "python3 -m shop serve"),
        (["bash", "/srv/app.sh", "80"], ["/srv/venv/bin/python3", "/srv/venv/bin/flask", "run"], "flask run"),
        (["sh", "-c", "cd x && exec node server.js"], ["node", "server.js"], "node server.js"),
        (["env", "A=1", "-u", "B", "nohup", "./app.sh"], ["/usr/bin/shop"], "shop"),
        (["bash", "app.sh"], ["timeout", "-k", "5", "10", "php", "job.php"], "php job.php"),
    ])
    func `a script is not named where the program that it started is known`(
        command: [String], process: [String], expected: String
    ) {
        #expect(name(command, process) == expected)
    }

    @Test(arguments: [
        (["python3", "job.py"], ["git", "fetch"], "python3 job.py"),
        (["./app.sh", "serve"], [], "app.sh serve"), (["bash", "app.sh"], ["bash", "app.sh"], "bash app.sh"),
        (["sh", "-c", "exec python3 -m shop --queue mail"], [], "python3 -m shop --queue mail"),
        (["sh", "-c", "a && b"], [], "sh -c a && b"), (["timeout", "5", "./job", "x"], [], "job x"), ([], [], ""),
    ])
    func `else what was given is named`(command: [String], process: [String], expected: String) {
        #expect(name(command, process) == expected)
    }

    @Test func `of the tools that a script starts none is the program`() {
        func main(_ first: Int32, _ lines: [Int32: [String]], _ hooked: [Int32: [String]] = [:]) -> Int32? {
            CaseAssembler.mainProcess(first: first, lines: lines, hooked: hooked)
        }
        #expect(main(1, [1: ["ruby", "app.rb"], 2: ["git", "log"]]) == 1)
        #expect(main(1, [1: ["bash", "app.sh"], 2: ["curl", "x"], 3: ["rm", "y"]]) == nil)
        #expect(
            main(1, [1: ["bash", "app.sh"], 2: ["curl", "x"], 3: ["python3", "a"]], [3: ["python3", "a"]]) == 3)
        #expect(main(1, [1: ["bash", "app.sh"], 2: ["java", "-jar", "a"]]) == 2)
        #expect(main(1, [1: ["bash", "app.sh"], 2: ["/usr/bin/curl", "a"]]) == nil)
        #expect(main(1, [1: ["bash", "app.sh"]], [1: ["python3", "app.py"]]) == 1)
    }

    @Test func `all that tells two runs of a program apart is kept, and nothing that changes from run to run`() {
        let words = ["python3", "/srv/app/manage.py", "import", "--queue", "mail", "--dry-run"]
        #expect(name(words) == "python3 manage.py import --queue mail --dry-run")
        #expect(
            name(["job", "/tmp/a1/in.csv", "--date=2026-11-21", "17", "--id", "4f2a-11"])
                == "job in.csv --date={n} {n} --id {n}")
        #expect(name(["job", "--level=3", "feed", "dad"]) == "job --level={n} feed dad")
        #expect(name(["job", "http://u:p@10.0.0.1:80/a?b"]) == "job http://10.0.0.1:80")
        #expect(name(["job"] + (0..<100).map { _ in "word" }).hasSuffix(" …"))
    }
}

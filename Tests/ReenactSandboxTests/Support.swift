import Glibc
import Testing

@testable import ReenactSandbox

/// One after the other: some count what is left on the whole machine.
@Suite(.serialized) enum SandboxTests {}

/// What a shell command did inside a sandbox.
struct Ran {
    var status: Int32
    var output: String
    var sandbox: any Sandbox
    var destroyed: DestroyReport
}

/// Runs a shell command as the first process of a sandbox.
func inside(_ command: String, _ change: (inout SandboxSpec) -> Void = { _ in }) async throws -> Ran {
    var spec = SandboxSpec(
        program: "/bin/sh", arguments: ["sh", "-c", command], variables: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
    change(&spec)
    let sandbox = try await NamespaceDriver().start(spec)
    let status = await sandbox.wait()
    let output = sandbox.logTail()
    return Ran(status: status, output: output, sandbox: sandbox, destroyed: await sandbox.destroy())
}

func exists(_ path: String) -> Bool { HostFiles.entry(path) != nil }

/// A directory of its own for a test, removed afterwards.
func withDirectory<Result>(
    under parent: String = "/tmp", _ body: (String) async throws -> Result
) async throws -> Result {
    var template = Array("\(parent)/sandbox-test-XXXXXX".utf8CString)
    let path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    defer { remove(path) }
    return try await body(path)
}

private func remove(_ path: String) {
    for name in HostFiles.names(in: path) ?? [] {
        let child = path + "/" + name
        if HostFiles.entry(child)?.kind == .directory { remove(child) } else { unlink(child) }
    }
    rmdir(path)
}

func put(_ text: String, _ path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    _ = text.withCString { write(file, $0, strlen($0)) }
    close(file)
}

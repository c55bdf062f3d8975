import CLinux
import Glibc

/// A program to start.
public struct ChildProcess: Sendable {
    /// Program and arguments; the first is looked up in PATH of `variables`.
    public var command: [String]
    public var variables: [String: String]
    /// nil: stay where we are.
    public var directory: String?
    /// Descriptors for standard input, output and error; -1: as ours.
    public var standard: [Int32] = [-1, -1, -1]
    /// True: it gets no other descriptors of ours, whatever they are marked.
    public var standardOnly = false
    /// True: a process group of its own.
    public var newGroup = false
    /// True: with the recorder's filter; `Started.notifications` is its listener.
    public var observed = false
    /// With `observed`: reads from descriptor 0 are told, too.
    public var observesInput = false
    /// A descriptor to pass on; -1: none.
    public var keptDescriptor: Int32 = -1
    /// A signal that it gets when we die; 0: none.
    public var deathSignal: Int32 = 0

    public init(command: [String], variables: [String: String], directory: String? = nil) {
        self.command = command
        self.variables = variables
        self.directory = directory
    }

    /// A program that runs.
    public struct Started: Sendable {
        public var pid: pid_t
        /// The seccomp listener, or -1.
        public var notifications: Int32
    }

    /// Starts it.
    ///
    /// - Throws: `ChildProcessError` that names the step.
    public func start() throws(ChildProcessError) -> Started {
        guard let program = command.first else {
            throw ChildProcessError(program: "", step: "exec", code: ENOENT)
        }
        let arguments = command.map { strdup($0) } + [nil]
        let environment = variables.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let path = resolve(program)
        let file = strdup(path)
        let cwd = directory.map { strdup($0) }
        defer {
            arguments.forEach { free($0) }
            environment.forEach { free($0) }
            free(file)
            if let cwd { free(cwd) }
        }
        var pid: pid_t = 0
        var listener: Int32 = -1
        var stage: UnsafePointer<CChar>?
        let error = arguments.withUnsafeBufferPointer { argv in
            environment.withUnsafeBufferPointer { envp in
                var plan = rn_spawn_plan()
                plan.file = UnsafePointer(file)
                plan.argv = UnsafePointer(OpaquePointer(argv.baseAddress))
                plan.envp = UnsafePointer(OpaquePointer(envp.baseAddress))
                plan.directory = UnsafePointer(cwd ?? nil)
                plan.standard = (standard[0], standard[1], standard[2])
                plan.standard_only = standardOnly ? 1 : 0
                plan.new_group = newGroup ? 1 : 0
                plan.observe = observed ? 1 : 0
                plan.observe_input = observesInput ? 1 : 0
                plan.keep_fd = keptDescriptor
                plan.death_signal = deathSignal
                return CLinux.rn_spawn(&plan, &pid, &listener, &stage)
            }
        }
        guard error == 0 else {
            throw ChildProcessError(
                program: program, step: stage.map { String(cString: $0) } ?? "", code: error, directory: directory)
        }
        return Started(pid: pid, notifications: listener)
    }

    /// execvpe looks in our own PATH; the program's own may differ.
    private func resolve(_ program: String) -> String {
        guard !program.contains("/"), let path = variables["PATH"] else { return program }
        for directory in path.split(separator: ":") where access("\(directory)/\(program)", X_OK) == 0 {
            return "\(directory)/\(program)"
        }
        return program
    }
}

/// A program that could not be started.
public struct ChildProcessError: Error, Sendable, CustomStringConvertible {
    public var program: String
    /// `fork`, `seccomp`, `chdir`, `exec`.
    public var step: String
    public var code: Int32
    /// Where it was to run; nil: where we are.
    public var directory: String?

    public var description: String {
        let reason = LinuxError.text(of: code)
        switch (step, code) {
        case ("exec", ENOENT):
            return "\(program): not found; check the spelling, PATH and the interpreter in its first line"
        case ("exec", EACCES): return "\(program): not executable; chmod +x it, or start it through its interpreter"
        case ("chdir", _):
            return
                "\(program): its working directory \(directory ?? ""): \(reason); make it, or put it back where it was"
        case ("seccomp", _):
            return "\(program): the kernel refuses seccomp user notification (\(reason)); "
                + "in a container allow the seccomp system call"
        default: return "\(program): \(step): \(reason)"
        }
    }
}

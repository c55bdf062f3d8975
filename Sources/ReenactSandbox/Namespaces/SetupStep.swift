import CLinux

/// One step of a sandbox's set-up, between the clone and the first process: see `clinux_sandbox.h`.
struct SetupStep: Sendable, Equatable {
    /// Part of the set-up that it belongs to, for messages.
    var stage: String
    var kind: Int32
    var flags: Int32 = 0
    var a = ""
    var b = ""
    var c = ""
    var d = ""
    var n: UInt64 = 0
    var m: UInt64 = 0
    var bytes: [UInt8] = []

    static let optional = Int32(CLINUX_STEP_OPTIONAL)

    /// The same step, passed over where it fails.
    var ifPossible: SetupStep {
        var step = self
        step.flags |= Self.optional
        return step
    }

    /// The same step, passed over where the host's directory is gone by then: others' temporary files come and go.
    var ifPresent: SetupStep {
        var step = self
        step.flags |= Int32(CLINUX_STEP_IF_PRESENT)
        return step
    }

    /// What a message names: the place that the step is about.
    var subject: String { b.isEmpty ? a : b }

    static func mount(
        _ stage: String, _ source: String, on target: String, type: String, flags: Int = 0, data: String = ""
    ) -> SetupStep {
        SetupStep(
            stage: stage, kind: Int32(CLINUX_STEP_MOUNT), a: source, b: target, c: type, d: data, n: UInt64(flags))
    }

    static func overlay(_ stage: String, lower: String, on target: String, options: String) -> SetupStep {
        SetupStep(
            stage: stage, kind: Int32(CLINUX_STEP_OVERLAY), flags: Int32(CLINUX_STEP_ELSE_BIND), a: lower, b: target,
            d: options, n: UInt64(MountFlags.noSetUser))
    }

    static func bind(
        _ stage: String, _ source: String, on target: String, readOnly: Bool = false, recursive: Bool = false
    ) -> SetupStep {
        SetupStep(
            stage: stage, kind: Int32(CLINUX_STEP_BIND),
            flags: (readOnly ? Int32(CLINUX_STEP_READ_ONLY) : 0) | (recursive ? Int32(CLINUX_STEP_RECURSIVE) : 0),
            a: source, b: target)
    }

    static func directory(_ stage: String, _ path: String, mode: UInt32 = 0o755) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_MKDIR), a: path, n: UInt64(mode))
    }

    static func directories(_ stage: String, _ path: String, mode: UInt32 = 0o755) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_MKDIRS), a: path, n: UInt64(mode))
    }

    static func owner(_ stage: String, _ path: String, uid: UInt32, gid: UInt32) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_CHOWN), a: path, n: UInt64(uid), m: UInt64(gid))
    }

    static func touch(_ stage: String, _ path: String, mode: UInt32 = 0o644) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_TOUCH), a: path, n: UInt64(mode))
    }

    static func write(_ stage: String, _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_WRITE), a: path, n: UInt64(mode), bytes: bytes)
    }

    static func symlink(_ stage: String, to target: String, at path: String) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_SYMLINK), a: target, b: path)
    }

    static func hideSocket(_ path: String, cover: String) -> SetupStep {
        SetupStep(stage: "sockets", kind: Int32(CLINUX_STEP_HIDE_SOCKET), a: path, c: cover)
    }

    static func pivot(_ stage: String, to root: String, old: String) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_PIVOT), a: root, b: old)
    }

    static func detach(_ stage: String, _ path: String) -> SetupStep {
        SetupStep(stage: stage, kind: Int32(CLINUX_STEP_DETACH), a: path)
    }

    static func hostName(_ name: String) -> SetupStep {
        SetupStep(stage: "host name", kind: Int32(CLINUX_STEP_HOSTNAME), a: name)
    }

    static var loopback: SetupStep { SetupStep(stage: "network", kind: Int32(CLINUX_STEP_LOOPBACK), a: "lo") }

    static func limit(_ name: String, _ resource: Int, to value: UInt64) -> SetupStep {
        SetupStep(stage: "limits", kind: Int32(CLINUX_STEP_RLIMIT), a: name, n: UInt64(resource), m: value)
    }
}

/// The flags of mount(2) that are used, as Swift does not see the enumeration's members as numbers.
enum MountFlags {
    static let readOnly = 1
    static let noSetUser = 2
    static let noDevices = 4
    static let noExecution = 8
    static let recursive = 16384
    static let isPrivate = 1 << 18
}

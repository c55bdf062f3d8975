/// Registers as gdb counts them, and the description of them that it is given.
enum GDBRegisters {
    private static let core = [
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
        "rip",
    ]
    private static let narrow = ["eflags", "cs", "ss", "ds", "es", "fs", "gs"]
    private static let control = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"]

    /// The registers of a task, in gdb's order: general, segments, x87, SSE, orig_rax, fs_base and gs_base.
    static func all(_ registers: Registers, _ extended: [UInt8]) -> [[UInt8]] {
        let values = Dictionary(uniqueKeysWithValues: zip(Registers.names, registers.words))
        func word(_ name: String, _ size: Int) -> [UInt8] {
            withUnsafeBytes(of: (values[name] ?? 0).littleEndian) { Array($0.prefix(size)) }
        }
        // FXSAVE's layout (Intel SDM volume 1, 10.5.1).
        func state(_ offset: Int, _ size: Int) -> [UInt8] {
            offset + size <= extended.count
                ? Array(extended[offset..<offset + size]) : [UInt8](repeating: 0, count: size)
        }
        func padded(_ bytes: [UInt8]) -> [UInt8] { Array((bytes + [0, 0, 0, 0]).prefix(4)) }
        var result = core.map { word($0, 8) } + narrow.map { word($0, 4) }
        for index in 0..<8 { result.append(state(32 + 16 * index, 10)) }
        result += [
            padded(state(0, 2)), padded(state(2, 2)), fullTag(state(4, 1)[0]), padded([]), padded(state(8, 4)),
            padded([]),
            padded(state(16, 4)), padded(state(6, 2)),
        ]
        for index in 0..<16 { result.append(state(160 + 16 * index, 16)) }
        result.append(state(24, 4))
        return result + [word("orig_rax", 8), word("fs_base", 8), word("gs_base", 8)]
    }

    /// FXSAVE keeps one bit a register: 0 is empty, which is 11 in the full form.
    private static func fullTag(_ short: UInt8) -> [UInt8] {
        var value: UInt16 = 0
        for index in 0..<8 where short & 1 << UInt8(index) == 0 { value |= 3 << UInt16(2 * index) }
        return [UInt8(value & 0xff), UInt8(value >> 8), 0, 0]
    }

    /// Target description (gdb manual, appendix G).
    static var description: String {
        var text = """
            <?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>i386:x86-64</architecture>\
            <osabi>GNU/Linux</osabi><feature name="org.gnu.gdb.i386.core">
            """
        func register(_ name: String, _ bits: Int, _ type: String) {
            text += "<reg name=\"\(name)\" bitsize=\"\(bits)\" type=\"\(type)\"/>"
        }
        for name in core {
            register(name, 64, ["rip": "code_ptr", "rsp": "data_ptr", "rbp": "data_ptr"][name] ?? "int64")
        }
        for name in narrow { register(name, 32, "int32") }
        for index in 0..<8 { register("st\(index)", 80, "i387_ext") }
        for name in control { register(name, 32, "int") }
        text += "</feature><feature name=\"org.gnu.gdb.i386.sse\"><vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
        text +=
            "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/><union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>"
        text += "<field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/></union>"
        for index in 0..<16 { register("xmm\(index)", 128, "vec128") }
        register("mxcsr", 32, "int")
        text += "</feature><feature name=\"org.gnu.gdb.i386.linux\">"
        register("orig_rax", 64, "int")
        text += "</feature><feature name=\"org.gnu.gdb.i386.segments\">"
        register("fs_base", 64, "int")
        register("gs_base", 64, "int")
        return text + "</feature></target>"
    }
}

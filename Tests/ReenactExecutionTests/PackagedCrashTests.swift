import Foundation
import Testing

@testable import ReenactExecution

/// A crash of a program as Debian ships it, without symbols: yasm 1.3.0 dereferences null where `%strlen` is given what is
/// no string (the preprocessor's null dereferences: yasm's issues 142 and 169).
@Suite(.serialized) struct PackagedCrashTests {
    /// Follows a register back, instruction by instruction, to the memory that its value was loaded from.
    static let origin = #"""
        import gdb, re
        def whole(name):
            name = re.sub(r"^(r\d+)d$", r"\1", name)
            return "r" + name[1:] if re.match(r"^e[a-ds][a-z]$", name) else name
        def read(name): return int(gdb.parse_and_eval("(unsigned long)$" + name))
        def here(): return re.sub(r"\s+<.*", "", gdb.execute("x/i $pc", to_string=True).split(":", 1)[1].strip())
        def place(operand):
            offset, base, index, scale = re.fullmatch(r"(-?0x[0-9a-f]+)?\((?:%(\w+))?(?:,%(\w+),(\d))?\)", operand).groups()
            sum = int(offset, 16) if offset else 0
            if base: sum += read(base)
            if index: sum += read(index) * int(scale)
            return sum & (1 << 64) - 1
        def origin(register):
            for _ in range(200):
                gdb.execute("reverse-stepi", to_string=True)
                match = re.fullmatch(r"mov\w*\s+(\S+),%(\w+)", here())
                if not match or whole(match[2]) != register: continue
                if match[1].startswith("%"): register = whole(match[1][1:])
                elif "(" in match[1]: return place(match[1])
                else: return 0
            return 0
        """#

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/yasm")))
    func `the null that yasm dereferences is followed back to the token that was made with it`() throws {
        let source = Laboratory.file("strlen.asm")
        try "%strlen length\n".write(toFile: source, atomically: true, encoding: .utf8)
        let script = Laboratory.file("origin.py")
        try PackagedCrashTests.origin.write(toFile: script, atomically: true, encoding: .utf8)
        let yasm = "/usr/bin/yasm"
        let (path, summary) = try Laboratory.record("yasm-run", [yasm, "-o", "/dev/null", source])
        #expect(summary.status == 139)
        let said = try Laboratory.debug(
            path, yasm,
            [
                "continue", "source \(script)", "python found = origin('rdi')",
                "python print('last token:', gdb.parse_and_eval('*(char **)%d' % (found + 8)).string())",
                "python gdb.execute('watch *(long *)%d' % found)", "reverse-continue",
                "python print('made by:', here())",
                "stepi", "python print('next is', gdb.parse_and_eval('*(long *)%d' % found))",
            ])
        #expect(said.contains("SIGSEGV"), "\(said)")
        // The directive's token is the line's last, and what is expanded is the one behind it.
        #expect(said.contains("last token: length"), "\(said)")
        #expect(said.contains("Hardware watchpoint"), "\(said)")
        #expect(said.firstMatch(of: /made by: mov\w* +\S+,\(%\w+\)/) != nil, "\(said)")
        #expect(said.contains("next is 0"), "\(said)")
    }
}

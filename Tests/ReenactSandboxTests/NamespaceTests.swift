import Glibc
import Testing

@testable import ReenactSandbox

@Suite(.serialized) struct NamespaceTests {
    @Test func `the probe tries a real sandbox`() async {
        let availability = await NamespaceDriver().probe()
        guard case .ready(let capabilities) = availability else {
            Issue.record("\(availability)")
            return
        }
        #expect(capabilities.isolation == .namespaces)
        print("capabilities", capabilities)
    }

    @Test func `the first process is process 1 of its own world`() async throws {
        let ran = try await inside("echo $$; hostname; id -u; ls /proc | grep -c '^[0-9]*$'; cat /proc/net/dev") {
            $0.hostName = "recorded"
        }
        let lines = ran.output.split(separator: "\n")
        #expect(ran.status == 0)
        #expect(lines.prefix(3) == ["1", "recorded", "\(geteuid())"])
        #expect(lines.filter { $0.contains(":") }.count == 1, "only lo: \(ran.output)")
        #expect(ran.destroyed.isClean)
    }
}

import Glibc
import ReenactLinux
import ReenactTimeline
import Testing

@testable import ReenactRunner
@testable import ReenactStubs

@Suite struct `Parts of the runner` {
    @Test func `listening sockets are read from proc`() {
        let four = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0
               1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0
               2: 0100007F:1F41 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4244 1 0
            """
        let six = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000001000000:1F42 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4245
               1: 00000000000000000000000000000000:1F43 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 4246
            """
        let entries = ListeningSockets.parse(four, isSix: false) + ListeningSockets.parse(six, isSix: true)
        #expect(entries.map(\.address.description) == ["127.0.0.1:8000", "0.0.0.0:80", "[::1]:8002", "[::]:8003"])
        #expect(entries.map(\.inode) == [4242, 4243, 4245, 4246])
        func place(_ wanted: String) -> String? {
            SocketAddress(wanted).flatMap { ListeningSockets.place(of: $0, among: entries) }?.description
        }
        #expect(place("127.0.0.1:8000") == "127.0.0.1:8000")
        #expect(place("10.1.2.3:80") == "10.1.2.3:80", "bound to every address")
        #expect(place("0.0.0.0:80") == "127.0.0.1:80")
        #expect(place("127.0.0.1:8003") == "127.0.0.1:8003", "[::] takes IPv4")
        #expect(place("127.0.0.1:8002") == "[::1]:8002", "same port elsewhere")
        #expect(place("127.0.0.1:8001") == nil, "connected, not listening")
    }

    @Test func `listening Unix sockets are read from proc`() {
        let text = """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a b.sock
            0000000000000000: 00000002 00000000 00000000 0002 01 12 /run/c.sock
            0000000000000000: 00000002 00000000 00010000 0001 01 13 @name
            """
        #expect(ListeningSockets.parseUnix(text).map(\.path) == ["/run/a b.sock", "@name"])
    }

    @Test func `a process with an odd name is read from proc`() {
        let line = "12 (a) b (c) S 7 12 12 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 1 0 5 1000 321 99"
        #expect(
            ProcessTree.parse(Array(line.utf8)) == .init(pid: 12, parent: 7, isZombie: false, residentPages: 321))
        #expect(ProcessTree.parse(Array("nonsense".utf8)) == nil)
    }

    @Test func `descendants are found over dead parents`() {
        func entry(_ pid: pid_t, _ parent: pid_t, zombie: Bool = false) -> ProcessTree.Entry {
            .init(pid: pid, parent: parent, isZombie: zombie, residentPages: 1)
        }
        let all = [entry(1, 0), entry(2, 1), entry(3, 2, zombie: true), entry(4, 3), entry(5, 1), entry(9, 8)]
        #expect(ProcessTree.descendants(of: 2, among: all).map(\.pid) == [4])
        #expect(ProcessTree.descendants(of: 1, among: all).map(\.pid).sorted() == [2, 4, 5])
    }

    @Test func `the environment brings the hooks in before what was there`() {
        let environment = ProgramEnvironment(
            hooks: "/h", control: "/c", clock: "/k", authority: ("/a.pem", "/b.pem"), exists: { _ in true })
        let result = environment.variables(for: [
            "LD_PRELOAD": "/x.so", "PYTHONPATH": "", "NODE_OPTIONS": "--max-old-space-size=9", "SSL_CERT_FILE": "/own",
        ])
        #expect(result["LD_PRELOAD"] == "/h/libreenact-preload.so:/x.so")
        #expect(result["PYTHONPATH"] == "/h/python", "no empty element: it would be the working directory")
        #expect(result["NODE_OPTIONS"] == "--require /h/node/hook.cjs --max-old-space-size=9")
        #expect(result["SSL_CERT_FILE"] == "/own")
        #expect(result["REQUESTS_CA_BUNDLE"] == "/b.pem" && result["NODE_EXTRA_CA_CERTS"] == "/a.pem")
        #expect(
            result["REENACT_CLOCK"] == "/k" && result["REENACT_CONTROL"] == "/c" && result["REENACT_CA"] == "/a.pem")
        let bare = ProgramEnvironment(hooks: "", control: "/c", exists: { _ in false }).variables(for: ["A": "b"])
        #expect(bare == ["A": "b", "REENACT_CONTROL": "/c"])
    }

    @Test func `names become a hosts file, and names are looked up there first`() {
        let hosts = Network.hosts(
            ["b.example": ["10.0.0.1", "::5"], "a b": ["1.1.1.1"]], hostName: "box", present: "::1\tlocalhost # six\n")
        #expect(
            hosts == """
                127.0.0.1 localhost
                ::1 localhost ip6-localhost ip6-loopback
                10.0.0.1 b.example
                ::5 b.example
                127.0.0.1 box

                """)
        #expect(
            Network.nameServices("passwd: files\nhosts: mymachines resolve [!UNAVAIL=return] files\n")
                == "passwd: files\nhosts: files dns\n")
    }

    @Test func `the resolver asks the name servers that were recorded, and ours where there was none`() {
        #expect(Network.resolver([]) == "nameserver 127.0.0.1\n")
        #expect(Network.resolver(["10.0.0.53", "::5"]) == "nameserver 10.0.0.53\nnameserver ::5\n")
        #expect(Network.resolver(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]).split(separator: "\n").count == 3)
    }

    @Test func `a machine is never taken for a sandbox, whatever the plan says`() {
        let head = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n"
        #expect(Network.refusal(pid: 1, devices: head + "    lo:  0 0 0\n") == nil)
        #expect(Network.refusal(pid: 1, devices: head + "    lo:  0 0\n  sit0: 0 0\n") == nil)
        #expect(Network.refusal(pid: 77, devices: head + "    lo:  0 0 0\n")?.contains("process 77") == true)
        #expect(Network.refusal(pid: 1, devices: head + "    lo:  0 0\n  eth0: 5 5\n")?.contains("eth0") == true)
        #expect(Network.refusal(pid: 1, devices: "") != nil)
    }

    @Test func `openings of phases that are over do not happen any more`() {
        var script = OpeningScript([
            .init(opening: .connected, phase: .startup), .init(opening: .connected, phase: .history),
            .init(opening: .refused, phase: .failing), .init(opening: .timedOut, phase: .failing),
        ])
        #expect(script.manner == .accept)
        script.enter(.failing)
        #expect(script.manner == .refuse)
        script.advance()
        #expect(script.manner == .ignore)
        script.advance()
        #expect(script.manner == .ignore, "the last one stays")
        var onlyEarly = OpeningScript([.init(opening: .connected, phase: .startup)])
        onlyEarly.enter(.failing)
        #expect(onlyEarly.manner == .accept)
        #expect(OpeningScript([]).manner == .accept)
        #expect(OpeningScript([.init(opening: .unreachable, phase: .failing)]).isUnreachable)
    }

    @Test func `dials are read from packets`() {
        func packet(flags: UInt8, sequence: UInt8 = 0) -> [UInt8] {
            [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 10, 0, 0, 7]
                + [0x1F, 0x40, 0x15, 0x38, 0, 0, 0, sequence, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]
        }
        let attempt = DialObserver.parse(packet(flags: 0x02)[...])
        #expect(attempt?.kind == .attempt && attempt?.server.description == "10.0.0.7:5432")
        let refused = DialObserver.parse(packet(flags: 0x14)[...])
        #expect(refused?.kind == .refused && refused?.server.description == "127.0.0.1:8000")
        #expect(DialObserver.parse(packet(flags: 0x14, sequence: 1)[...]) == nil, "a reset of a connection that stood")
        #expect(DialObserver.parse(packet(flags: 0x12)[...]) == nil)
        #expect(DialObserver.parse([0x45, 0][...]) == nil)
    }
}

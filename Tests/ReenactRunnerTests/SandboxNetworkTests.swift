import Glibc
import ReenactLinux
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactRunner

/// The runner in name spaces of its own, made with unshare(1): what it sets up there.
@Suite(.enabled(if: SandboxNetwork.isAvailable, "needs unshare(1) and user name spaces"))
struct `The runner in a network of its own` {
    private func plan(_ python: String, peers: [Plan.Peer] = []) -> Plan {
        var plan = RunnerBench.plan(
            python: """
                import socket, time, os, errno
                def dial(host, port, ask=None):
                    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET)
                    s.settimeout(0.3)
                    try:
                        s.connect((host, port))
                        if ask is None: return 'connected'
                        s.send(ask.encode())
                        return s.recv(100).decode()
                    except TimeoutError: return 'timeout'
                    except OSError as e: return errno.errorcode.get(e.errno, str(e))
                \(python)
                """, kind: .command)
        plan.ownsSandbox = true
        plan.addresses = ["10.2.3.4", "fd00::7"]
        plan.peers = peers
        return plan
    }

    private func raw(_ server: String, _ connections: [Connection]) -> Plan.Peer {
        .init(server: server, transport: .tcp, protocolName: "raw", tls: false, connections: connections)
    }

    private func run(_ plan: Plan) throws -> RunnerBench { try RunnerBench.run(plan, wrapper: SandboxNetwork.wrapper) }

    private func faults(_ bench: RunnerBench) -> [String] {
        bench.reports.compactMap { if case .fault(_, let fault, _) = $0 { fault } else { nil } }
    }

    private func unknown(_ bench: RunnerBench) -> [String] {
        bench.reports.compactMap { if case .unknownPeer(let server, _) = $0 { server } else { nil } }
    }

    @Test func `a recorded address is where the recorded peer answers, on any port`() throws {
        let bench = try run(
            plan(
                "print(dial('10.2.3.4', 443, 'a'), dial('fd00::7', 80, 'a'))",
                peers: [
                    raw(
                        "10.2.3.4:443",
                        [Recordings.connection(server: "10.2.3.4:443", protocolName: "raw", [("a", [(0, "four")])])]),
                    raw(
                        "[fd00::7]:80",
                        [
                            Recordings.connection(
                                id: 2, server: "[fd00::7]:80", protocolName: "raw", [("a", [(0, "six")])])
                        ]),
                ]))
        #expect(bench.troubles == [])
        #expect(bench.output(1) == "four six\n")
        #expect(bench.stages.contains("network"))
    }

    @Test func `addresses that were never recorded cannot be reached, and ports are reported`() throws {
        let bench = try run(plan("print(dial('10.9.9.9', 80), dial('10.2.3.4', 81), dial('fd00::7', 82))"))
        #expect(bench.output(1) == "ENETUNREACH ECONNREFUSED ECONNREFUSED\n")
        #expect(unknown(bench) == ["10.2.3.4:81", "[fd00::7]:82"])
    }

    @Test func `a refusal between successes is a refusal`() throws {
        let server = "10.2.3.4:7"
        func connection(_ id: Int, _ opening: Connection.Opening, _ answer: String = "") -> Connection {
            Recordings.connection(
                id: id, server: server, protocolName: "raw", opening: opening, opened: Int64(id) * 1_000_000,
                answer.isEmpty ? [] : [("a", [(Int64(0), answer)])])
        }
        // The stub sees a refusal on the device a moment after the program does.
        let bench = try run(
            plan(
                """
                print(dial('10.2.3.4', 7), dial('10.2.3.4', 7)); time.sleep(0.05)
                print(dial('10.2.3.4', 7, 'a')); time.sleep(0.05)
                print(dial('10.2.3.4', 7)); time.sleep(0.05)
                print(dial('10.2.3.4', 7)); time.sleep(0.05)
                """,
                peers: [
                    raw(
                        server,
                        [
                            connection(1, .refused), connection(2, .refused), connection(3, .connected, "one"),
                            connection(4, .refused), connection(5, .timedOut),
                        ])
                ]))
        #expect(bench.output(1) == "ECONNREFUSED ECONNREFUSED\none\nECONNREFUSED\ntimeout\n")
        #expect(faults(bench) == ["refused", "refused", "refused", "timeout"])
        #expect(unknown(bench) == [])
    }

    @Test func `a peer that was never reachable stays unreachable`() throws {
        let bench = try run(
            plan(
                "print(dial('10.2.3.4', 7))",
                peers: [raw("10.2.3.4:7", [Recordings.connection(server: "10.2.3.4:7", opening: .unreachable)])]))
        #expect(bench.output(1) == "ENETUNREACH\n")
    }

    @Test func `names are those of the case, in the hosts file and by DNS, and others do not exist`() throws {
        let query = """
            def ask(name):
                labels = b''.join(bytes([len(l)]) + l.encode() for l in name.split('.')) + b'\\0'
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
                s.sendto(b'\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0' + labels + b'\\0\\x01\\0\\x01', ('127.0.0.1', 53))
                r = s.recv(512)
                return r[3] & 15, r[-4:] if r[7] else None
            def look(name):
                try: return socket.gethostbyname(name)
                except socket.gaierror as e: return e.errno == socket.EAI_NONAME
            print(look('api.example'), look(socket.gethostname()), look('other.example'))
            print(ask('api.example'), ask('other.example'))
            """
        var plan = plan(query)
        plan.names = ["api.example": ["10.2.3.4"]]
        let bench = try run(plan)
        #expect(bench.output(1) == "10.2.3.4 127.0.0.1 True\n(0, b'\\n\\x02\\x03\\x04') (3, None)\n")
        #expect(!unknown(bench).isEmpty && unknown(bench).allSatisfy { $0.contains("other.example") })
    }

    @Test func `the program has no capability and cannot get one, and may listen where it did`() throws {
        let bench = try run(
            plan(
                """
                for line in open('/proc/self/status'):
                    if line.startswith(('CapEff', 'CapBnd', 'NoNewPrivs')): print(line.split()[1])
                s = socket.socket(); s.bind(('127.0.0.1', 80)); s.listen(); print('listens')
                """))
        #expect(bench.output(1) == "0000000000000000\n0000000000000000\n1\nlistens\n")
    }
}

enum SandboxNetwork {
    /// An empty /etc, so that what the runner writes there is not the machine's.
    static let wrapper = [
        "unshare", "-Urnmpf", "--mount-proc", "sh", "-c", "mount -t tmpfs none /etc && exec \"$0\" \"$@\"",
    ]

    static let isAvailable: Bool = {
        var child = ChildProcess(command: wrapper + ["/bin/true"], variables: ["PATH": "/usr/bin:/bin"])
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        child.standard = [null, null, null]
        guard let pid = try? child.start().pid else { return false }
        var status: Int32 = 0
        return waitpid(pid, &status, 0) == pid && status == 0
    }()
}

import Glibc
import ReenactStubs
import ReenactTimeline

/// The real servers of an attempt: one behind each stub that can have one.
struct Engines {
    private(set) var servers: [EngineServer] = []

    /// Gives each peer's shelf its server. Nothing is started.
    init(_ plan: Plan, for peers: [StubPeer], news: @escaping (String) -> Void) {
        let library = plan.hooks + "/libreenact-preload.so"
        let clock = plan.clock.atStart.flatMap {
            access(library, R_OK) == 0 ? EngineServer.Clock(library: library, now: $0) : nil
        }
        var used: Set<Plan.Engine.Kind> = []
        for peer in peers {
            guard let engine = plan.engines.first(where: { $0.kind.rawValue == peer.protocolType.name }) else {
                continue
            }
            let server = EngineServer(
                engine, ownsData: plan.ownsSandbox && used.insert(engine.kind).inserted, clock: clock)
            servers.append(server)
            peer.shelf.engine = server
            if let fixture = plan.fixtures.first(where: { $0.server == peer.server }) {
                peer.shelf.seed = fixture.seed
                peer.shelf.prefersEngine = fixture.answersFirst
                peer.shelf.replayed = Set(fixture.replayed)
            }
            peer.shelf.onEngineNews = { news("\(peer.server): \($0)") }
        }
    }

    /// Starts all of them, while the program starts too: they must come from before the runner gives up its
    /// capabilities, and nobody waits for them.
    func start() { for server in servers { server.start() } }

    /// Makes it now that time in all of them, as in the program.
    func setClock(to time: Int64) { for server in servers { server.setClock(to: time) } }

    var pids: Set<Int32> { Set(servers.map(\.pid).filter { $0 > 0 }) }

    func stop() { for server in servers { server.stop() } }
}

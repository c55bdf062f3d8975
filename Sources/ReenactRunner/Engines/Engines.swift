import ReenactStubs
import ReenactTimeline

/// The real servers of an attempt: one behind each stub that can have one.
struct Engines {
    private(set) var servers: [EngineServer] = []

    /// Gives each peer's shelf its server. Nothing is started.
    init(_ engines: [Plan.Engine], for peers: [StubPeer], ownsSandbox: Bool, news: @escaping (String) -> Void) {
        var used: Set<Plan.Engine.Kind> = []
        for peer in peers {
            guard let engine = engines.first(where: { $0.kind.rawValue == peer.protocolType.name }) else { continue }
            let server = EngineServer(engine, ownsData: ownsSandbox && used.insert(engine.kind).inserted)
            servers.append(server)
            peer.shelf.engine = server
            peer.shelf.onEngineNews = { news("\(peer.server): \($0)") }
        }
    }

    /// Starts all of them, while the program starts too: they must come from before the runner gives up its
    /// capabilities, and nobody waits for them.
    func start() { for server in servers { server.start() } }

    var pids: Set<Int32> { Set(servers.map(\.pid).filter { $0 > 0 }) }

    func stop() { for server in servers { server.stop() } }
}

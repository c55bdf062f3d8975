import NIOCore
import NIOHTTP1
import NIOPosix

// An HTTP server on two event loops: what is posted comes back, its bytes turned round; GET /quit ends it.

final class Echo: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var uri = ""
    private var body: [UInt8] = []
    private let quit: @Sendable () -> Void

    init(quit: @escaping @Sendable () -> Void) { self.quit = quit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            uri = head.uri
            body = []
        case .body(let part): body += part.readableBytesView
        case .end:
            let answer = body.isEmpty ? Array("\(uri) \(Int.random(in: 0..<1000))\n".utf8) : body.reversed()
            var head = HTTPResponseHead(version: .http1_1, status: .ok)
            head.headers.add(name: "content-length", value: "\(answer.count)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            if uri == "/quit" { quit() }
        }
    }
}

let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
let ended = group.next().makePromise(of: Void.self)
let server = try ServerBootstrap(group: group)
    .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
    .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMap {
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Echo { ended.succeed(()) })
            }
        }
    }
    .bind(host: "127.0.0.1", port: Int(CommandLine.arguments[1])!).wait()
try ended.futureResult.wait()
try server.close().wait()
try group.syncShutdownGracefully()
print("done")

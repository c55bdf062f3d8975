import Foundation
import Glibc
import ReenactTimeline
import ReenactWire
import Testing

@testable import ReenactRedis

/// Real clients with a real server, recorded; then the same programs with the stub must print the same.
@Suite(.serialized) struct RealTests {
    @Test func `every client prints the same with the stub`() throws {
        let directory = "/tmp/reenact-redis-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let port = try Listener.freePort()
        let server = try ServerProcess(
            directory: directory,
            ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", directory])
        defer { server.stop() }
        try Loopback.awaitPort(port)
        for program in RealPrograms.all {
            let relay = try RecordingRelay(to: port)
            let real = try run(program, port: relay.port)
            let connections = relay.stop()
            #expect(real.contains("done"), "\(program.name) with the server: \(real)")
            for connection in connections {
                var recorder = Redis.recorder()
                for segment in connection.segments {
                    _ = recorder.received(
                        segment.bytes[...], from: segment.side, offset: segment.offset, at: segment.time)
                }
                #expect(recorder.failure == nil, "\(program.name)")
            }
            let stub = try StubServer(Redis.self, connections)
            let played = try run(program, port: stub.port)
            let encounters = stub.stop()
            #expect(played == real, "\(program.name)")
            #expect(encounters.filter { $0.event == nil && $0.relaxations.isEmpty }.isEmpty, "\(program.name)")
            #expect(Set(encounters.flatMap(\.relaxations)) == program.relaxations, "\(program.name)")
        }
    }

    private func run(_ program: RealPrograms.Program, port: UInt16) throws -> String {
        if let script = program.cli {
            return try Loopback.run(["redis-cli", "-p", "\(port)"] + program.arguments, input: script)
        }
        return try Loopback.run([try TestPython.path(), "-c", program.python], environment: ["PORT": "\(port)"])
    }
}

/// Small programs of real clients: each prints what it saw, and `done`.
enum RealPrograms {
    struct Program {
        var name: String
        var python = ""
        var cli: String?
        var arguments: [String] = []
        /// What may differ between the recorded run and the one with the stub.
        var relaxations: Set<String> = []
    }

    static let all = [
        Program(name: "redis-cli", cli: script), Program(name: "redis-cli -3", cli: script, arguments: ["-3"]),
        python(version: 2), python(version: 3), asynchronous,
    ]

    private static let script = """
        FLUSHALL
        SET a 1
        INCR a
        LPUSH l x y z
        LRANGE l 0 -1
        HSET h f v g "two words"
        HGETALL h
        SADD s one
        SMEMBERS s
        ZADD z 1.5 m 2 n
        ZRANGE z 0 -1 WITHSCORES
        GET missing
        LPOP a
        MULTI
        INCR a
        GET a
        EXEC
        EVAL "return {1, 'two', redis.call('GET', KEYS[1])}" 1 a
        EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
        SELECT 3
        GET a
        BLPOP nothing 0.1
        ECHO done

        """

    private static func python(version: Int) -> Program {
        Program(
            name: "redis-py RESP\(version)",
            python: """
                import os, uuid, time, redis
                r = redis.Redis(port=int(os.environ['PORT']), protocol=\(version), decode_responses=True)
                r.flushall()
                key = f'job:{uuid.uuid4().hex}'
                r.hset(key, mapping={'at': time.time(), 'state': 'new', 'data': 'x' * 50})
                print(r.hget(key, 'state'), r.hlen(key))
                p = r.pipeline(transaction=True)
                p.set('a', 1).incr('a').lpush('l', 'x', 'y').lrange('l', 0, -1).sadd('s', 'm').smembers('s')
                print(p.execute())
                p = r.pipeline(transaction=False)
                p.get('a').hgetall('none').zadd('z', {'m': 1.5}).zrange('z', 0, -1, withscores=True).exists('a')
                print(p.execute())
                with r.pipeline() as p:
                    p.watch('a')
                    n = int(p.get('a'))
                    p.multi()
                    p.set('a', n + 1)
                    print(p.execute())
                try:
                    r.lpush('a', 'x')
                except redis.ResponseError as e:
                    print(e)
                print(r.brpop(['l'], timeout=1), r.brpop(['none'], timeout=1))
                print(r.register_script("return redis.call('GET', KEYS[1])")(keys=['a']))
                print(r.xadd('stream', {'f': 'v'}, id='1-1'), r.xread({'stream': '0'}, block=10))
                s = r.pubsub()
                s.subscribe('news')
                print(s.get_message(timeout=5)['type'])
                r.publish('news', 'hello')
                print(s.get_message(timeout=5)['data'])
                s.unsubscribe('news')
                print(s.get_message(timeout=5)['type'])
                print(r.config_get('maxmemory'), r.info('server')['redis_mode'], r.client_id() > 0)
                print('done')
                """,
            relaxations: ["volatile arguments"])
    }

    private static let asynchronous = Program(
        name: "redis-py asyncio",
        python: """
            import os, asyncio, redis.asyncio as redis
            async def main():
                r = redis.Redis(port=int(os.environ['PORT']), protocol=3, db=2, decode_responses=True)
                await r.flushall()
                print(await asyncio.gather(*[r.set(f'k{i}', i) for i in range(10)]))
                print(await asyncio.gather(*[r.get(f'k{i}') for i in range(10)]))
                async with r.pipeline(transaction=True) as p:
                    print(await p.hset('h', 'a', 1).hgetall('h').execute())
                async def late():
                    await asyncio.sleep(0.2)
                    await r.lpush('q', 'job')
                print((await asyncio.gather(r.blpop('q', timeout=5), late()))[0])
                await r.aclose()
            asyncio.run(main())
            print('done')
            """)
}

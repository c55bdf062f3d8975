import Foundation
import Synchronization
import Testing

@testable import ReenactExecution

/// What a replay tells of sockets, on programs that are recorded for it.
struct SocketTrackerTests {
    /// Lines: `number opened inbound? server client`, `number sent text`, `number received text`, `number closed`.
    private func lines(_ name: String, _ source: String) throws -> [String] {
        let program = try Laboratory.compile(name, SocketTrackerTests.head + source)
        let made = try Laboratory.record(name, [program])
        #expect(made.summary.status == 0)
        let heard = Mutex<[String]>([])
        let note: @Sendable (SocketEvent) -> Void = { event in
            func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
            let what =
                switch event.body {
                case .opened(let isInbound, let isDatagram, let server, let client, let errno):
                    "opened \(isInbound ? "in" : "out") \(isDatagram ? "datagram" : "stream") "
                        + "server=\(!server.isEmpty) client=\(!client.isEmpty) \(errno)"
                case .sent(let bytes): "sent \(text(bytes))"
                case .received(let bytes): "received \(text(bytes))"
                case .sentUnseen(let count): "sent \(count) unseen"
                case .receivedUnseen(let count): "received \(count) unseen"
                case .ended: "ended"
                case .closed: "closed"
                }
            heard.withLock { $0.append("\(event.socket) \(what)") }
        }
        try TracerThread.run {
            var options = ExecutionReplayer.Options()
            options.echoes = false
            options.onSocket = note
            try ExecutionReplayer(try RecordingReader(made.recording), options: options).run()
        }
        return heard.withLock { $0 }
    }

    private static let head = """
        #define _GNU_SOURCE
        #include <arpa/inet.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/sendfile.h>
        #include <sys/socket.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static struct sockaddr_in bound(int fd) {
            struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
            socklen_t size = sizeof a;
            if (bind(fd, (void *)&a, size) || getsockname(fd, (void *)&a, &size)) exit(9);
            return a;
        }
        static void is(int good) { if (!good) exit(8); }

        """

    @Test func `datagrams without a connection are a conversation for each address`() throws {
        let lines = try lines(
            "datagrams",
            """
            int main(void) {
                int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                struct sockaddr_in a = bound(server), from;
                socklen_t size = sizeof from;
                char room[100];
                is(sendto(client, "question", 8, 0, (void *)&a, sizeof a) == 8);
                is(recvfrom(server, room, 100, 0, (void *)&from, &size) == 8);
                struct iovec vector = {"answer", 6};
                struct msghdr message = {.msg_name = &from, .msg_namelen = size, .msg_iov = &vector, .msg_iovlen = 1};
                is(sendmsg(server, &message, 0) == 6);
                is(recv(client, room, 100, MSG_PEEK) == 6);
                is(recv(client, room, 100, 0) == 6);
                close(client);
                close(server);
                return 0;
            }
            """)
        #expect(
            lines == [
                "2 opened out datagram server=true client=false 0", "2 sent question",
                "3 opened in datagram server=true client=true 0", "3 received question", "3 sent answer",
                "2 received answer", "2 closed", "3 closed",
            ])
    }

    @Test func `several messages of one call are as many messages`() throws {
        let lines = try lines(
            "several",
            """
            int main(void) {
                int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
                struct sockaddr_in a = bound(server);
                is(connect(client, (void *)&a, sizeof a) == 0);
                struct iovec vectors[2] = {{"one", 3}, {"two", 3}};
                struct mmsghdr messages[2] = {{{.msg_iov = vectors, .msg_iovlen = 1}}, {{.msg_iov = vectors + 1, .msg_iovlen = 1}}};
                is(sendmmsg(client, messages, 2, 0) == 2);
                char room[2][100];
                struct sockaddr_in from[2];
                struct iovec rooms[2] = {{room[0], 100}, {room[1], 100}};
                struct mmsghdr got[2] = {{{from, sizeof from[0], rooms, 1}}, {{from + 1, sizeof from[0], rooms + 1, 1}}};
                is(recvmmsg(server, got, 2, 0, 0) == 2);
                return 0;
            }
            """)
        #expect(lines.filter { $0.contains("sent") }.map { String($0.dropFirst(2)) } == ["sent one", "sent two"])
        #expect(
            lines.filter { $0.contains("received") }.map { String($0.dropFirst(2)) } == [
                "received one", "received two",
            ])
    }

    @Test func `a descriptor that travels to another process stays the same socket`() throws {
        let lines = try lines(
            "passed",
            """
            static void pass(int channel, int fd) {
                char one = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
                struct iovec vector = {&one, 1};
                struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
                struct cmsghdr *c = CMSG_FIRSTHDR(&message);
                c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof fd);
                memcpy(CMSG_DATA(c), &fd, sizeof fd);
                is(sendmsg(channel, &message, 0) == 1);
            }
            static int taken(int channel) {
                int fd;
                char one, control[CMSG_SPACE(sizeof fd)];
                struct iovec vector = {&one, 1};
                struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
                is(recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1);
                memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
                return fd;
            }
            int main(void) {
                int pair[2], listener = socket(AF_INET, SOCK_STREAM, 0), status;
                struct sockaddr_in a = bound(listener);
                is(listen(listener, 5) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
                if (fork() == 0) {
                    close(pair[0]);
                    close(listener);
                    int own = taken(pair[1]);
                    is(write(own, "from the child", 14) == 14);
                    _exit(0);
                }
                int client = socket(AF_INET, SOCK_STREAM, 0);
                is(connect(client, (void *)&a, sizeof a) == 0);
                int accepted = accept4(listener, 0, 0, SOCK_CLOEXEC);
                pass(pair[0], accepted);
                close(accepted);
                char room[100];
                is(read(client, room, 100) == 14);
                is(wait(&status) > 0 && status == 0);
                return 0;
            }
            """)
        let server = try #require(lines.first { $0.contains("opened in stream") }?.split(separator: " ").first)
        #expect(lines.contains("\(server) sent from the child"))
        // It is closed when the last process has, not when the first did.
        let sent = try #require(lines.firstIndex(of: "\(server) sent from the child"))
        let closed = try #require(lines.firstIndex(of: "\(server) closed"))
        #expect(sent < closed)
    }

    @Test func `what never was in memory is counted`() throws {
        let lines = try lines(
            "unseen",
            """
            int main(int count, char **arguments) {
                int pair[2], listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), ends[2];
                struct sockaddr_in a = bound(listener);
                is(listen(listener, 5) == 0 && connect(client, (void *)&a, sizeof a) == 0);
                int own = accept(listener, 0, 0), file = open(arguments[0], O_RDONLY);
                is(sendfile(own, file, 0, 1000) == 1000);
                is(pipe(ends) == 0 && splice(client, 0, ends[1], 0, 400, 0) == 400);
                is(splice(ends[0], 0, own, 0, 300, 0) == 300);
                is(close_range(own, own, 0) == 0);
                char room[2000];
                is(recv(client, room, 900, MSG_WAITALL) == 900 && read(client, room, 10) == 0);
                return 0;
            }
            """)
        #expect(
            lines.contains { $0.hasSuffix("sent 1000 unseen") } && lines.contains { $0.hasSuffix("sent 300 unseen") })
        #expect(lines.contains { $0.hasSuffix("received 400 unseen") })
        let (closed, ended) = (
            try #require(lines.firstIndex { $0.hasSuffix("closed") }),
            try #require(lines.firstIndex { $0.hasSuffix("ended") })
        )
        #expect(closed < ended)
    }
}

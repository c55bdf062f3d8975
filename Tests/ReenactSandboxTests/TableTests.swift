import Testing

@testable import ReenactSandbox

struct TableTests {
    @Test func `mounts are read with their types, optional fields and escapes`() {
        let table = MountTable(
            """
            22 27 0:21 / /proc rw,relatime shared:5 master:1 - proc proc rw
            30 25 8:1 / /mnt/a\\040b rw - ext4 /dev/sda1 rw
            31 25 8:1 / /mnt/a\\040b rw - tmpfs x rw
            nonsense
            """)
        #expect(table.mounts.map(\.path) == ["/proc", "/mnt/a b", "/mnt/a b"])
        #expect(table.type(at: "/mnt/a b") == "tmpfs")
        #expect(table.hasMounts(below: "/") && table.hasMounts(below: "/mnt"))
        #expect(!table.hasMounts(below: "/mnt/a b") && !table.hasMounts(below: "/mn"))
    }

    @Test func `bound Unix sockets are read from the kernel's table`() {
        let sockets = SandboxSecrets.sockets(
            Array(
                """
                Num       RefCount Protocol Flags    Type St Inode Path
                000000002bbb8516: 00000003 00000000 00000000 0001 03 20892
                000000002bbb8517: 00000002 00000000 00010000 0001 01 20893 /run/my sock
                000000002bbb8517: 00000003 00000000 00000000 0001 03 20894 /run/my sock
                000000002bbb8518: 00000002 00000000 00010000 0001 01 20895 @/abstract
                """.utf8))
        #expect(sockets == ["/run/my sock"])
    }

    @Test func `root maps everybody as himself, others only themselves`() {
        let root = IdentityMap.full(users: "0 100000 65536\n65536 7 1\n", groups: "         0          0 4294967295\n")
        #expect(root.users == "0 0 65536\n65536 65536 1\n")
        #expect(root.groups == "0 0 4294967295\n")
        #expect(IdentityMap.single(uid: 1000, gid: 100).groups == "100 100 1\n")
    }

    @Test func `ancestors go up to below the root`() {
        #expect(HostFiles.ancestors(of: "/a/b/c") == ["/a/b/c", "/a/b", "/a"])
        #expect(HostFiles.ancestors(of: "/") == [])
    }
}

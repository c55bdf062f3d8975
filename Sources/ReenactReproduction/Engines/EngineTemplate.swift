import FoundationEssentials
import Glibc
import ReenactLinux
import ReenactRunner

/// A fresh server's data directory, made once for each version and user, and shown to sandboxes from then on.
struct EngineTemplate: Sendable {
    let title: String
    let user: Plan.Engine.User?
    /// A file that is there once the data are whole.
    let witness: String
    /// Makes the data in the directory `data` below the one that it is given.
    let command: @Sendable (_ directory: String) -> [String]

    /// Source: https://www.postgresql.org/docs/current/app-initdb.html
    static func postgres(_ engine: Plan.Engine) -> EngineTemplate {
        EngineTemplate(title: engine.title, user: engine.user, witness: "PG_VERSION") {
            [
                Paths.parent(engine.executable) + "/initdb", "-D", $0 + "/data", "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1",
            ]
        }
    }

    /// Source: https://mariadb.com/kb/en/mariadb-install-db/
    static func mariadb(_ engine: Plan.Engine, installer: String) -> EngineTemplate {
        EngineTemplate(title: engine.title, user: engine.user, witness: "ibdata1") {
            [
                installer, "--no-defaults", "--datadir=\($0)/data", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=4M",
                "--innodb-data-file-path=ibdata1:5M:autoextend", "--innodb-flush-method=nosync",
            ]
        }
    }

    /// The template's directory below the cache; made where it is not there yet, which takes a second or two.
    ///
    /// - Throws: `ReproductionError` that says why it cannot be made.
    func directory(in cache: String) throws(ReproductionError) -> String {
        let name = title.lowercased().map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }
        let place = "\(cache)/engines/\(String(name))-\(user?.uid ?? geteuid())"
        if access(place + "/" + witness, F_OK) == 0 { return place }
        var status = stat()
        // Made whole or not at all; of two that are made at once the first stays.
        if lstat(place, &status) == 0 { try remove(place) }
        let fresh = try make()
        do {
            try FileManager.default.createDirectory(atPath: Paths.parent(place), withIntermediateDirectories: true)
        } catch { throw failure("\(Paths.parent(place)) cannot be made: \(error)") }
        if rename(fresh + "/data", place) != 0, access(place + "/" + witness, F_OK) != 0 {
            let temporary = "\(place).\(getpid())"
            _ = ToolOutput.of(["cp", "-a", fresh + "/data", temporary])
            _ = rename(temporary, place)
        }
        try remove(fresh)
        guard access(place + "/" + witness, F_OK) == 0 else { throw failure("\(place) cannot be made") }
        return place
    }

    /// In /tmp, because the user that it belongs to may not get to the cache.
    private func make() throws(ReproductionError) -> String {
        var template = Array("/tmp/reenact-engine-data-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("a directory in /tmp cannot be made") }
        let directory = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var command = self.command(directory)
        if let user {
            chown(directory, user.uid, user.gid)
            command = ["setpriv", "--reuid=\(user.uid)", "--regid=\(user.gid)", "--clear-groups"] + command
        }
        let output = ToolOutput.of(command)
        guard access(directory + "/data/" + witness, F_OK) == 0 else {
            try remove(directory)
            throw failure("its data could not be made; try: \(command.joined(separator: " ")) \(output.suffix(200))")
        }
        return directory
    }

    private func remove(_ directory: String) throws(ReproductionError) {
        do { try FileManager.default.removeItem(atPath: directory) } catch {
            throw failure("\(directory) cannot be removed: \(error)")
        }
    }

    private func failure(_ reason: String) -> ReproductionError {
        ReproductionError(.sandbox, "\(title) cannot be prepared: \(reason)")
    }
}

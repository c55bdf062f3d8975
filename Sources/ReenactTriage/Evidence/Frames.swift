import ReenactTimeline

/// Which frames of a stack belong to the program that people look after.
enum Frames {
    /// Libraries that so many programs use that a failure inside them is about how they were used, or about what they
    /// were told. Not a list of applications: those are recognised by not standing here.
    private static let libraries: Set<String> = [
        "requests", "urllib3", "urllib", "httpx", "httpcore", "aiohttp", "http", "json", "simplejson", "socket", "ssl",
        "asyncio", "threading", "concurrent", "sqlalchemy", "psycopg2", "psycopg", "asyncpg", "pymysql", "mysqlclient",
        "sqlite3", "redis", "aioredis", "pymongo", "flask", "werkzeug", "flask_sqlalchemy", "flask_restful", "jinja2",
        "django", "rest_framework", "starlette", "fastapi", "pydantic", "uvicorn", "gunicorn", "gevent", "eventlet",
        "tornado", "click", "celery", "kombu", "amqp", "billiard", "botocore", "boto3", "marshmallow", "yaml",
        "importlib", "runpy", "contextlib", "functools", "asgiref", "anyio", "h11", "wsgiref", "re", "encodings",
        "codecs", "os", "decimal", "datetime", "peewee", "tortoise", "lxml", "xml", "site-packages",
        "express", "koa", "fastify", "axios", "node-fetch", "undici", "got", "pg", "pg-pool", "mysql", "mysql2",
        "ioredis", "sequelize", "typeorm", "knex", "mongoose", "body-parser", "router", "finalhandler", "node:internal",
        "symfony", "laravel", "illuminate", "guzzlehttp", "doctrine", "monolog", "psr", "slim", "composer",
        "runtime", "net", "net/http", "database/sql", "encoding/json", "github.com/lib/pq", "github.com/jackc/pgx",
    ]

    private struct Place: Hashable {
        var file: String
        var module: String
    }

    private static let packages = Remembered<Place, String>()

    /// The package that a file belongs to, as far as its path tells.
    static func package(of frame: ExceptionRecord.Frame) -> String {
        let length = frame.file.utf8.count + frame.module.utf8.count
        guard length <= 500 else { return foundPackage(of: frame) }
        return packages.value(of: Place(file: frame.file, module: frame.module), spread: length) {
            foundPackage(of: frame)
        }
    }

    private static func foundPackage(of frame: ExceptionRecord.Frame) -> String {
        let parts = frame.file.split(separator: "/").map(String.init)
        for marker in ["site-packages", "dist-packages", "node_modules", "vendor", "gems"] {
            if let index = parts.lastIndex(of: marker), index + 1 < parts.count {
                let next = parts[index + 1]
                if next.hasPrefix("@"), index + 2 < parts.count { return "\(next)/\(parts[index + 2])".lowercased() }
                return (next.hasSuffix(".py") ? String(next.dropLast(3)) : next).lowercased()
            }
        }
        if frame.file.hasPrefix("node:") { return "node:internal" }
        if let index = parts.firstIndex(where: { $0.hasPrefix("python") && $0.contains(".") }), index + 1 < parts.count
        {
            let next = parts[index + 1]
            return (next.hasSuffix(".py") ? String(next.dropLast(3)) : next).lowercased()
        }
        return (frame.module.split(separator: ".").first.map(String.init) ?? "").lowercased()
    }

    static func isLibrary(_ frame: ExceptionRecord.Frame) -> Bool {
        libraries.contains(package(of: frame)) || frame.file.hasPrefix("<frozen") || frame.file == "[internal function]"
            || frame.file.contains("/usr/local/go/src/") || frame.file.contains("/usr/lib/go")
            || frame.function.hasPrefix("runtime.") || frame.isOfNode
    }

    /// The stack with its own frames marked: where a program is itself an installed package, what is neither a known
    /// library nor comes with the language.
    static func marked(_ record: ExceptionRecord) -> ExceptionRecord {
        guard !record.frames.contains(where: \.inApp) else { return record }
        let own = own(record.frames).filter { !isOfPython(record.frames[$0]) }
        guard own.count < record.frames.count else { return record }
        var record = record
        for index in own { record.frames[index].inApp = true }
        return record
    }

    /// True for modules that come with Python.
    private static func isOfPython(_ frame: ExceptionRecord.Frame) -> Bool {
        frame.file.contains("/lib/python3") && !frame.file.contains("-packages/")
    }

    /// Positions of the frames that count as the program's own. Where a program is itself an installed package no
    /// frame is marked; then all but well-known libraries count.
    static func own(_ frames: [ExceptionRecord.Frame]) -> [Int] {
        let marked = frames.indices.filter { frames[$0].inApp && !frames[$0].isOfNode }
        if !marked.isEmpty { return marked }
        return frames.indices.filter { !isLibrary(frames[$0]) }
    }

    /// The innermost frame of the program's own: where a person starts to read.
    static func site(_ frames: [ExceptionRecord.Frame]) -> ExceptionRecord.Frame? {
        own(frames).last.map { frames[$0] } ?? frames.last
    }
}

extension ExceptionRecord.Frame {
    /// True for the modules that come with Node.
    var isOfNode: Bool { file.utf8.first == UInt8(ascii: "n") && file.hasPrefix("node:") }

    /// The last part of the file's path.
    var fileName: String {
        let bytes = file.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return file }
        let name = bytes[bytes.index(after: slash)...]
        // A path that ends in a slash: the part before it.
        return name.isEmpty ? file.split(separator: "/").last.map(String.init) ?? "" : String(name) ?? ""
    }
}

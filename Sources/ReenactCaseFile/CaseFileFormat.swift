/// What a case file looks like from the outside; docs/case-format.md describes every table.
public enum CaseFileFormat {
    /// The format that this build writes; it reads 1 up to this.
    public static let version: Int32 = 5

    /// "Reen", in the SQLite header's field for the kind of file.
    public static let applicationID: UInt32 = 0x5265_656E

    /// The whole schema. A file whose schema is not exactly this one is refused: there is then no SQL in it that is
    /// not ours.
    static let schema = schema(of: version)

    /// The schema that files of that format have: 1 knew nothing of what was wrong with a certificate, 2 nothing of the
    /// part of a line that failed. 3 and 4 have the schema of 5; 3 has no files with the role `changed`, and none has
    /// `kept`.
    static func schema(of version: Int32) -> String {
        schema(
            tlsComplaint: version > 1 ? "tls_complaint TEXT, " : "", expression: version > 2 ? "expression TEXT, " : "")
    }

    private static func schema(tlsComplaint: String, expression: String) -> String {
        """
        CREATE TABLE meta (key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key)) WITHOUT ROWID;
        CREATE TABLE signature (part TEXT NOT NULL, place INTEGER NOT NULL, value TEXT NOT NULL, \
        PRIMARY KEY (part, place)) WITHOUT ROWID;
        CREATE TABLE event (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, phase TEXT NOT NULL, protocol TEXT NOT NULL, \
        peer TEXT NOT NULL, connection INTEGER, process INTEGER, thread INTEGER, start INTEGER NOT NULL, \
        "end" INTEGER, summary TEXT NOT NULL, result TEXT NOT NULL, outcome TEXT NOT NULL, request_offset INTEGER, \
        request_length INTEGER, response_offset INTEGER, response_length INTEGER, key TEXT NOT NULL, \
        detail TEXT NOT NULL);
        CREATE TABLE edge (place INTEGER PRIMARY KEY, event INTEGER NOT NULL, cause INTEGER, source TEXT NOT NULL, \
        confidence REAL NOT NULL);
        CREATE TABLE connection (id INTEGER PRIMARY KEY, direction TEXT NOT NULL, transport TEXT NOT NULL, \
        server TEXT NOT NULL, client TEXT NOT NULL, parent INTEGER, process INTEGER, thread INTEGER, \
        protocol TEXT NOT NULL, tls INTEGER NOT NULL, tls_server_name TEXT, tls_application_protocol TEXT, \
        tls_opaque TEXT, \(tlsComplaint)opened INTEGER NOT NULL, opening TEXT NOT NULL, opening_errno INTEGER, \
        opening_end INTEGER NOT NULL, dropped_from_client INTEGER NOT NULL, dropped_from_server INTEGER NOT NULL);
        CREATE TABLE segment (connection INTEGER NOT NULL, place INTEGER NOT NULL, side TEXT NOT NULL, \
        time INTEGER NOT NULL, "offset" INTEGER NOT NULL, length INTEGER NOT NULL, sha256 TEXT NOT NULL, \
        PRIMARY KEY (connection, place)) WITHOUT ROWID;
        CREATE TABLE blob (sha256 TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
        CREATE TABLE close (connection INTEGER NOT NULL, place INTEGER NOT NULL, side TEXT NOT NULL, \
        manner TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (connection, place)) WITHOUT ROWID;
        CREATE TABLE exception (id INTEGER PRIMARY KEY, type TEXT NOT NULL, message TEXT NOT NULL, \
        language TEXT NOT NULL, handling TEXT NOT NULL, time INTEGER NOT NULL, process INTEGER NOT NULL, \
        thread INTEGER NOT NULL, "trigger" INTEGER);
        CREATE TABLE cause (exception INTEGER NOT NULL, place INTEGER NOT NULL, cause INTEGER NOT NULL, \
        PRIMARY KEY (exception, place)) WITHOUT ROWID;
        CREATE TABLE frame (exception INTEGER NOT NULL, place INTEGER NOT NULL, function TEXT NOT NULL, \
        file TEXT NOT NULL, line INTEGER NOT NULL, source TEXT NOT NULL, \
        \(expression)module TEXT NOT NULL, in_app INTEGER NOT NULL, PRIMARY KEY (exception, place)) WITHOUT ROWID;
        CREATE TABLE local (exception INTEGER NOT NULL, frame INTEGER NOT NULL, place INTEGER NOT NULL, \
        name TEXT NOT NULL, value TEXT NOT NULL, type TEXT NOT NULL, truncated INTEGER NOT NULL, \
        redacted INTEGER NOT NULL, PRIMARY KEY (exception, frame, place)) WITHOUT ROWID;
        CREATE TABLE environment (key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key)) WITHOUT ROWID;
        CREATE TABLE argument (list TEXT NOT NULL, place INTEGER NOT NULL, value TEXT NOT NULL, \
        PRIMARY KEY (list, place)) WITHOUT ROWID;
        CREATE TABLE variable (name TEXT NOT NULL, value TEXT, masked INTEGER NOT NULL, PRIMARY KEY (name)) \
        WITHOUT ROWID;
        CREATE TABLE package (name TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID;
        CREATE TABLE file (role TEXT NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT, \
        size INTEGER, PRIMARY KEY (role, place)) WITHOUT ROWID;
        CREATE TABLE name (name TEXT NOT NULL, place INTEGER NOT NULL, address TEXT, PRIMARY KEY (name, place)) \
        WITHOUT ROWID;
        CREATE TABLE database (place INTEGER PRIMARY KEY, path TEXT NOT NULL, time INTEGER NOT NULL, \
        size INTEGER NOT NULL, sha256 TEXT NOT NULL);
        CREATE TABLE sealed (place INTEGER PRIMARY KEY, placeholder TEXT NOT NULL, ciphertext BLOB NOT NULL);
        CREATE TABLE hole (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, what TEXT NOT NULL, event INTEGER, \
        connection INTEGER);
        """
    }
}

/// How much a case may ask of the machine that opens it.
public struct CaseFileLimits: Sendable {
    /// Of the file itself.
    public var fileBytesMax: Int
    /// Of one value: a segment, a database file, a local.
    public var valueBytesMax: Int
    /// Of all rows read.
    public var rowsMax: Int
    /// Of all bytes of the case once it is in memory, where the same blob counts each time it is used.
    public var contentBytesMax: Int
    /// For opening and reading.
    public var secondsMax: Double

    public init(
        fileBytesMax: Int = 4 << 30, valueBytesMax: Int = 512 << 20, rowsMax: Int = 5_000_000,
        contentBytesMax: Int = 4 << 30, secondsMax: Double = 60
    ) {
        self.fileBytesMax = fileBytesMax
        self.valueBytesMax = valueBytesMax
        self.rowsMax = rowsMax
        self.contentBytesMax = contentBytesMax
        self.secondsMax = secondsMax
    }
}

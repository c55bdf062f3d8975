import FoundationEssentials
import ReenactTriage

/// The files of `triage --stacks` and `--sentry`, cut into pieces of about the same size: several small files, or a
/// stretch of a large one.
///
/// The sequence reads a large file when its first piece is asked for, and small ones inside the piece's own work: what
/// is in memory is bounded by the files in work, not by their number.
struct InputPieces: Sequence, IteratorProtocol {
    /// The form that files are in.
    enum Form: Sendable {
        case stacks, sentry

        func read(_ stretch: InputStretch, _ source: String) -> Intake {
            switch self {
            case .stacks: StackLines.read(stretch, source: source)
            case .sentry: SentryIntake.read(stretch, source: source)
            }
        }

        func cut(_ plain: [UInt8], bytes: Int) -> [InputStretch] {
            switch self {
            case .stacks: StackLines.cut(plain, bytes: bytes)
            case .sentry: SentryIntake.cut(plain, bytes: bytes)
            }
        }
    }

    /// What one core does at a time.
    typealias Piece = @Sendable () throws -> BatchTriage.Stretch

    private static let pieceBytes = 256 << 10
    private static let filesMax = 64

    private var files: [(path: String, form: Form)]
    private let rules: GroupingRules
    private var position = 0
    private var waiting: [Piece] = []

    /// - Parameter rules: the user's own, of what belongs together.
    init(stacks: [String], sentry: [String], rules: GroupingRules = GroupingRules()) {
        self.rules = rules
        files = stacks.map { ($0, .stacks) } + sentry.map { ($0, .sentry) }
    }

    mutating func next() -> Piece? {
        if let piece = waiting.popLast() { return piece }
        guard position < files.count else { return nil }
        let form = files[position].form
        var small: [String] = []
        var bytes = 0
        while position < files.count, files[position].form == form, small.count < Self.filesMax,
            let size = Self.size(files[position].path), bytes + size <= Self.pieceBytes
        {
            small.append(files[position].path)
            bytes += size
            position += 1
        }
        guard small.isEmpty else {
            return { [small, rules] in
                var stretch = BatchTriage.Stretch()
                for path in small { stretch.add(try Self.whole(path, form, rules)) }
                return stretch
            }
        }
        let path = files[position].path
        position += 1
        waiting = Self.pieces(of: path, form, rules).reversed()
        return next()
    }

    /// The size of a plain file; nil for what must be read to know, as standard input.
    private static func size(_ path: String) -> Int? {
        guard path != "-", let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeRegular
        else { return nil }
        return (attributes[.size] as? UInt64).flatMap { Int(exactly: $0) }
    }

    private static func whole(_ path: String, _ form: Form, _ rules: GroupingRules) throws -> BatchTriage.Stretch {
        do {
            let bytes = try InputFiles.bytes(path)
            let intake = form.read(InputStretch(bytes: try Intake.plain(bytes)[...], number: 0), path)
            return BatchTriage.Stretch(intake, rules: rules)
        } catch {
            var unread = BatchTriage.Stretch()
            unread.problems = [IntakeProblem(source: path, reason: "\(error)")]
            return unread
        }
    }

    private static func pieces(of path: String, _ form: Form, _ rules: GroupingRules) -> [Piece] {
        do {
            let bytes = try InputFiles.bytes(path)
            guard let plain = try? Intake.plain(bytes) else { return [{ try whole(path, form, rules) }] }
            return form.cut(plain, bytes: pieceBytes).map { stretch in
                { BatchTriage.Stretch(form.read(stretch, path), rules: rules) }
            }
        } catch {
            return [{ try whole(path, form, rules) }]
        }
    }
}

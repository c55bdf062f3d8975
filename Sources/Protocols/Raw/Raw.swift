import ReenactTimeline
import ReenactWire

/// Any protocol that nobody reads: turns of bytes, compared as bytes.
public enum Raw: WireProtocol {
    public static let name = "raw"

    /// Of each side of a turn, so many bytes are shown in the detail.
    static let shownBytesMax = 4096

    /// Every connection is raw at least.
    public static func recognize(client: ArraySlice<UInt8>, server: ArraySlice<UInt8>, port: Int?) -> Recognition {
        .yes
    }

    public static func recorder() -> any ExchangeRecorder { RawRecorder() }

    public static func stub() -> any StubSession { RawStub() }

    /// Changes members of JSON in messages.
    public static func edited(_ answer: [UInt8], detail: JSONValue, by edits: [AnswerEdit]) -> [UInt8]? {
        EmbeddedJSON.edited(answer, by: edits)
    }
}

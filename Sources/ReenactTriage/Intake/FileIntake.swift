/// A form of file that can be cut into parts, each of which can be read by itself.
public protocol FileIntake {
    /// Parts of about that size, cut where nothing is torn.
    static func cut(_ plain: [UInt8], bytes: Int) -> [InputStretch]
    /// Reads a part; what can't be read is noted and passed over.
    static func read(_ stretch: InputStretch, source: String) -> Intake
}

extension FileIntake {
    /// Reads a whole file, packed or not.
    public static func read(_ bytes: [UInt8], source: String) -> Intake {
        do {
            return read(InputStretch(bytes: try Intake.plain(bytes)[...], number: 0), source: source)
        } catch {
            var intake = Intake()
            intake.note(source, "\(error)")
            return intake
        }
    }
}

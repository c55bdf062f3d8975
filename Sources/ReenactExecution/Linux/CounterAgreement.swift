import CTrace

/// The time stamp counter faults in the tracer, too, while it works.
///
/// It does in all traced tasks, and where two tasks differ in that, each switch between them changes a control register
/// (CR4): under a hypervisor a trap of its own, dearer than the switch. Nothing that runs meanwhile may ask the vDSO for
/// the time (`ct_now` does not) or start threads or processes, which would inherit it.
enum CounterAgreement {
    static func during<Value>(_ body: () throws -> Value) rethrows -> Value {
        ct_forbid_counter(1)
        defer { ct_forbid_counter(0) }
        return try body()
    }
}

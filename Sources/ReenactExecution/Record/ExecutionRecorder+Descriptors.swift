import CTrace
import Glibc

/// What the capsule knows of descriptors and of patched text, kept true.
extension ExecutionRecorder {
    /// Files that have become shared memory: nothing that is known of descriptors holds any longer.
    func tellSharedFiles() {
        guard let buffer else { return }
        knownShared = files.sharedFiles.count
        loadedClasses = nil
        for task in tasks.values {
            task.classes.bytes.withUnsafeMutableBytes { _ = memset($0.baseAddress!, 0, $0.count) }
        }
        let place = UnsafeMutableRawPointer(buffer.control) + MemoryLayout<ct_control>.offset(of: \.shared_files)!
        let room = place.assumingMemoryBound(to: ct_file.self)
        for (index, file) in files.sharedFiles.prefix(Int(ct_shared_files)).enumerated() {
            room[index] = ct_file(device: file.device, inode: file.inode)
        }
        buffer.control.pointee.shared_count = UInt32(clamping: files.sharedFiles.count)
    }

    /// Tells the capsule where calls are patched.
    func guardText(_ space: AddressSpace) {
        guard let buffer, loadedGuards.space !== space || loadedGuards.count != space.patches.guarded.count else {
            return
        }
        let guarded = space.patches.guarded
        loadedGuards = (space, guarded.count)
        let place = UnsafeMutableRawPointer(buffer.control) + MemoryLayout<ct_control>.offset(of: \.guards)!
        let room = place.assumingMemoryBound(to: ct_range.self)
        for (index, range) in guarded.prefix(Int(ct_guards)).enumerated() {
            room[index] = ct_range(start: range.lowerBound, end: range.upperBound)
        }
        buffer.control.pointee.guard_count = UInt32(clamping: guarded.count)
    }

    func forget(_ task: RecordedTask, _ descriptor: UInt64) { setClass(task, descriptor, 0) }

    private func setClass(_ task: RecordedTask, _ descriptor: UInt64, _ value: UInt8) {
        let index = Int(descriptor & 0xffff_ffff)
        guard let buffer, index < ct_descriptors else { return }
        task.classes.bytes[index] = value
        if loadedClasses === task.classes { buffer.classes[index] = value }
    }

    /// Descriptors may wait now that did not: as the capsule does.
    func forgetReady(_ task: RecordedTask) {
        let (ready, socket) = (UInt8(ct_class_ready), UInt8(ct_class_socket))
        for index in task.classes.bytes.indices where task.classes.bytes[index] == ready {
            task.classes.bytes[index] = socket
        }
        guard let buffer, loadedClasses === task.classes else { return }
        for index in buffer.classes.indices where buffer.classes[index] == ready { buffer.classes[index] = socket }
    }

    /// The program's output does not go where the recorder's goes: the capsule may write it.
    func classifyOutput(_ task: RecordedTask, _ descriptor: UInt64) {
        guard buffer != nil, descriptor == 1 || descriptor == 2 else { return }
        var information = stat()
        guard stat("/proc/\(task.tid)/fd/\(descriptor)", &information) == 0 else { return }
        var kind = ct_class_other
        if information.st_mode & S_IFMT == S_IFREG {
            let isShared = files.isMapped(information)
            kind = isShared ? ct_class_shared : ct_class_file
        } else if information.st_mode & S_IFMT == S_IFCHR, information.st_rdev == 0x103 {
            kind = ct_class_file
        }
        setClass(task, descriptor, UInt8(kind))
    }
}

/// Several services that are re-enacted together in one sandbox: one runner each, and one above them.
///
/// `reenact-runner --group FILE REPORT_FD` starts `reenact-runner --service PLAN FD` for each. Every service has a network
/// and a view of the files of its own, as if on a machine of its own, so that ports, addresses and names are what they
/// were; calls between services go through Unix sockets, which belong to no network.
public struct GroupPlan: Codable, Sendable {
    /// Comes back in `Report.hello`.
    public var nonce: String
    /// Files of the services' plans, inside the sandbox.
    public var plans: [String]
    /// Which of them gets the trigger.
    public var front: Int
    /// For the whole attempt.
    public var wallMilliseconds: Int

    public init(nonce: String, plans: [String], front: Int, wallMilliseconds: Int) {
        self.nonce = nonce
        self.plans = plans
        self.front = front
        self.wallMilliseconds = wallMilliseconds
    }
}

extension Plan {
    /// A service's part among others.
    public struct Part: Codable, Sendable, Equatable {
        /// It gets the trigger; the others are called.
        public var isFront: Bool
        public var hostName: String
        /// The Unix socket at which calls of other services come in.
        public var door: String
        /// Recorded peers that are other services.
        public var links: [Link]
        /// Directories that this service alone sees in the place of others.
        public var mounts: [Mount]

        /// A recorded peer that is another service.
        public struct Link: Codable, Sendable, Equatable {
            /// As in `Connection.server`: where the program dials it.
            public var server: String
            /// Its number in the group.
            public var service: Int
            /// Its door.
            public var door: String
            public init(server: String, service: Int, door: String) {
                self.server = server
                self.service = service
                self.door = door
            }
        }

        /// A directory shown over another.
        public struct Mount: Codable, Sendable, Equatable {
            public var source: String
            public var target: String
            public init(source: String, target: String) {
                self.source = source
                self.target = target
            }
        }

        public init(isFront: Bool, hostName: String, door: String, links: [Link] = [], mounts: [Mount] = []) {
            self.isFront = isFront
            self.hostName = hostName
            self.door = door
            self.links = links
            self.mounts = mounts
        }
    }
}

/// What the runner above tells a service's runner: one byte each.
enum GroupOrder: UInt8 {
    /// Fire the trigger; for services that are called: it will be fired.
    case go = 0x67
    /// The trigger has been answered, or will never be: tell what there is to tell, and end.
    case end = 0x65
}

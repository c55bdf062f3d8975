import ReenactTimeline

extension Answer {
    /// True for a good answer that is a list without an element: `[]`, an object all of whose lists are empty, a bucket
    /// without contents, a set without members.
    var listsNothing: Bool {
        switch content {
        case .http(let http):
            guard (http.status ?? 500) < 300, !http.isTruncated else { return false }
            if let list = http.json?.array { return list.isEmpty }
            if let members = http.json?.object {
                let lists = members.values.compactMap(\.array)
                return !lists.isEmpty && lists.allSatisfy(\.isEmpty)
            }
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
            return http.looksLikeXML && http.body.contains("<ListBucketResult") && !http.body.contains("<Contents")
        case .redis(let redis):
            return redis.hasReply && redis.reply.array?.isEmpty ?? false && !waits
        case .sql, .message, .other: return false
        }
    }
}

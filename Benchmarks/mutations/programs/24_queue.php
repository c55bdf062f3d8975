<?php
// Works off jobs that wait in a table, with settings and senders from a service.
declare(strict_types=1);

set_error_handler(fn($n, $message, $file, $line) => throw new ErrorException($message, 0, $n, $file, $line));

enum Channel: string
{
    case Mail = 'mail';
    case Letter = 'letter';
    case Text = 'text';
}

final readonly class Job
{
    public function __construct(public int $id, public Channel $channel, public string $receiver, public array $payload, public DateTimeImmutable $due) {}

    public static function fromRow(array $row): self
    {
        return new self(
            $row['id'],
            Channel::from($row['channel']),
            $row['receiver'],
            json_decode($row['payload'], true, flags: JSON_THROW_ON_ERROR),
            new DateTimeImmutable($row['due']),
        );
    }
}

function service(string $path): array
{
    $curl = curl_init(getenv('API') . $path);
    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
    $text = curl_exec($curl);
    return curl_getinfo($curl, CURLINFO_HTTP_CODE) === 200 ? json_decode($text, true) : throw new RuntimeException('service failed');
}

$senders = array_column(service('/senders')['senders'], null, 'channel');
$texts = service('/texts?lang=de');
$db = new PDO('sqlite:' . getenv('DB'));
$statement = $db->prepare('SELECT id, channel, receiver, payload, due FROM job WHERE done = ? ORDER BY due');
$statement->execute([0]);
foreach ($statement->fetchAll(PDO::FETCH_ASSOC) as $row) {
    $job = Job::fromRow($row);
    $sender = $senders[$job->channel->value];
    $text = strtr($texts[$job->payload['text']]['body'], ['{name}' => $job->payload['name'] ?? 'you']);
    $parts = intdiv(strlen($text) + $sender['limit'] - 1, $sender['limit']);
    $cents = $parts * $sender['price']['cents'];
    printf("%d %s <%s> %s: %s (%d, %.2f)\n", $job->id, ucfirst($sender['from']), $job->receiver, $job->due->format('d.m.'), substr($text, 0, 20), $parts, $cents / 100);
}

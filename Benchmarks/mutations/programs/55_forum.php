<?php
// A forum's page as JSON: threads and users from an API, settings in Redis-like JSON over HTTP, filters in the query.
declare(strict_types=1);

set_exception_handler(function (Throwable $t) { http_response_code(500); error_log((string) $t); });
set_error_handler(fn(int $n, string $text, string $file, int $line) => throw new ErrorException($text, 0, $n, $file, $line));

enum Role: string { case Guest = 'guest'; case Member = 'member'; case Admin = 'admin'; }

final class User
{
    private function __construct(public readonly string $name, public readonly Role $role, private DateTimeImmutable $joined, private array $badges) {}

    public static function from(array $raw): self
    {
        return new self($raw['name'], Role::from($raw['role']), new DateTimeImmutable($raw['joined']), $raw['badges']);
    }

    public function title(): string
    {
        return sprintf('%s (%s, %d)%s', $this->name, $this->role->name, (int) $this->joined->format('Y'), $this->badges ? ' *' . count($this->badges) : '');
    }
}

function load(string $path): array
{
    $json = file_get_contents(getenv('API') . $path);
    return json_decode($json, true, 512, JSON_THROW_ON_ERROR);
}

function page(array $items, int $page, int $size): array
{
    return array_slice($items, ($page - 1) * $size, $size);
}

$settings = load('/settings')['forum'];
$users = array_map(User::from(...), array_column(load('/users')['users'], null, 'id'));
$threads = load('/threads?board=' . $_GET['board']);
$from = new DateTimeImmutable($_GET['since'] ?? '2000-01-01');
$shown = array_filter($threads, fn(array $t) => new DateTimeImmutable($t['last']['at']) >= $from && !in_array($t['state'], $settings['hidden'], true));
$result = [];
foreach (page(array_values($shown), (int) $_GET['page'], $settings['pageSize']) as $thread) {
    [$tag] = explode(',', $thread['tags']);
    $result[] = [
        'title' => mb_substr(trim($thread['title']), 0, $settings['titleLength']),
        'by' => $users[$thread['author']]->title(),
        'last' => $users[$thread['last']['by']]->title(),
        'tag' => $settings['tags'][$tag]['label'] ?? 'none',
        'hot' => $thread['replies'] / $thread['days'] > $settings['hot'],
    ];
}
header('Content-Type: application/json');
echo json_encode(['pages' => intdiv(count($shown) - 1, $settings['pageSize']) + 1, 'threads' => $result], JSON_THROW_ON_ERROR);

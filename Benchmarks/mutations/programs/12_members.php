<?php
// Yearly fees of a club, by section.
declare(strict_types=1);

set_error_handler(fn($n, $message, $file, $line) => throw new ErrorException($message, 0, $n, $file, $line));

final class Club
{
    private PDO $db;

    public function __construct(string $path)
    {
        $this->db = new PDO("sqlite:$path", options: [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
        $this->db->setAttribute(PDO::ATTR_DEFAULT_FETCH_MODE, PDO::FETCH_ASSOC);
    }

    public function members(): array
    {
        return $this->db->query('SELECT id, name, born, section, months, mail FROM member ORDER BY id')->fetchAll();
    }

    public function tariff(string $section): array
    {
        $query = $this->db->prepare('SELECT title, fee, family FROM tariff WHERE section = ?');
        $query->execute([$section]);
        return $query->fetch() ?: throw new OutOfBoundsException('no tariff');
    }
}

function age(string $born): int
{
    return DateTimeImmutable::createFromFormat('!Y-m-d', $born)->diff(new DateTimeImmutable('2026-01-01'))->y;
}

function fee(array $member, array $tariff): float
{
    $rate = age($member['born']) < 18 ? 0.5 : 1.0;
    return $tariff['fee'] * $rate * $member['months'] / 12;
}

function short(string $name): string
{
    [$first, $last] = explode(' ', $name, 2);
    return mb_substr($first, 0, 1) . ". $last";
}

$club = new Club(getenv('DB'));
$sum = [];
foreach ($club->members() as $member) {
    $tariff = $club->tariff($member['section']);
    $due = fee($member, $tariff);
    $sum[$tariff['title']] = ($sum[$tariff['title']] ?? 0) + $due;
    printf("%-16s %-10s %8.2f %s\n", short($member['name']), strtoupper($tariff['title']), $due, $member['mail'] ?? 'post');
}
foreach ($sum as $title => $amount) {
    echo $title, ' ', number_format($amount, 2), ' ', intdiv((int) array_sum($sum), count($sum)), "\n";
}

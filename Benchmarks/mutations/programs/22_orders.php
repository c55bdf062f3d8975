<?php
// Takes an order as JSON and answers with its price (php -S).
declare(strict_types=1);

set_error_handler(fn($n, $message, $file, $line) => throw new ErrorException($message, 0, $n, $file, $line));

function api(string $path): array
{
    $context = stream_context_create(['http' => ['timeout' => 10]]);
    return json_decode(file_get_contents(getenv('API') . $path, false, $context), true, 64, JSON_THROW_ON_ERROR);
}

class Catalogue
{
    private array $bySku;

    public function __construct(array $rows)
    {
        $this->bySku = array_combine(array_column($rows, 'sku'), $rows);
    }

    public function price(string $sku, int $count): float
    {
        $article = $this->bySku[$sku];
        $price = $article['price'];
        foreach ($article['scale'] as $step) {
            $price = $count >= $step['from'] ? $step['price'] : $price;
        }
        return $price * $count;
    }
}

function vat(array $countries, string $code): float
{
    foreach ($countries as $country) {
        if ($country['code'] === $code) {
            return $country['vat'] / 100;
        }
    }
    throw new DomainException("cannot ship there");
}

$order = json_decode(file_get_contents('php://input'), true, 64, JSON_THROW_ON_ERROR);
$catalogue = new Catalogue(api('/catalogue')['articles']);
$net = 0.0;
foreach ($order['lines'] as ['sku' => $sku, 'count' => $count]) {
    $net += $catalogue->price($sku, $count);
}
$wanted = new DateTimeImmutable($order['delivery']['wanted'] ?? 'tomorrow');
$gross = $net * (1 + vat(api('/countries'), strtoupper($order['delivery']['country'])));
$label = implode(' ', array_map(trim(...), $order['delivery']['address']));
header('Content-Type: application/json');
echo json_encode(['gross' => round($gross, 2), 'label' => $label, 'week' => $wanted->format('W'), 'mean' => $net / count($order['lines']), 'page' => (int) $_GET['page']], JSON_THROW_ON_ERROR);

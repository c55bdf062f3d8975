<?php
// Knows what is in stock and how heavy it is: php -S 127.0.0.1:PORT inventory.php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$product = $_GET['product'] ?? '';
header('Content-Type: application/json');

function weight(string $product): mixed
{
    if ($product === 'p06') {
        return ['weight' => null];
    }
    if ($product === 'p07') {
        return ['error' => 'no such product'];
    }
    if ($product === 'p19') {
        usleep(1500000);
    }
    return ['weight' => 2];
}

function stock(string $product): mixed
{
    $boxes = $product === 'p08' ? 0 : 4;
    return ['stock' => intdiv(40, $boxes)];
}

if ($path === '/weight') {
    echo json_encode(weight($product));
} elseif ($product === 'p09') {
    header('Content-Type: text/html');
    echo '<html><body>We are moving house.</body></html>';
} elseif ($product === 'p18') {
    exit;
} else {
    echo json_encode(stock($product));
}

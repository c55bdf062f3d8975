<?php
// Renders a blog's front page from its API.
declare(strict_types=1);

set_error_handler(fn(int $n, string $text, string $file, int $line) => throw new ErrorException($text, 0, $n, $file, $line));

final class Author
{
    public function __construct(public int $id, public string $name, public ?string $site = null) {}

    public function link(): string
    {
        return $this->site === null ? $this->name : sprintf('%s <%s>', $this->name, parse_url($this->site, PHP_URL_HOST));
    }
}

function api(string $path): mixed
{
    $text = file_get_contents(getenv('API') . $path);
    return json_decode($text, true, flags: JSON_THROW_ON_ERROR);
}

function authors(): array
{
    $all = [];
    foreach (api('/authors')['items'] as ['id' => $id, 'profile' => $profile]) {
        $all[$id] = new Author($id, trim($profile['name']), $profile['site'] ?? null);
    }
    return $all;
}

function excerpt(array $post, int $words): string
{
    $plain = strip_tags($post['body']['html']);
    return implode(' ', array_slice(preg_split('/\s+/', $plain), 0, $words));
}

function reading(array $post, array $config): string
{
    return (string) ceil($post['body']['words'] / $config['reading']['wordsPerMinute']);
}

$config = api('/config');
$authors = authors();
$tags = array_column(api('/tags'), 'label', 'slug');
$posts = api('/posts?state=public');
usort($posts, fn($a, $b) => strcmp($b['published'], $a['published']));
foreach (array_slice($posts, 0, $config['front']['count']) as $post) {
    $when = new DateTime($post['published'], new DateTimeZone($config['timezone']));
    $author = $authors[$post['author']];
    $labels = array_map(fn(string $slug) => $tags[$slug], $post['tags']);
    echo $when->format('j.n.Y'), ' ', mb_strtoupper($post['title']), ' ', $author->link(), ' [', implode(', ', $labels), '] ', reading($post, $config), ' min ',
        excerpt($post, 4), ' ', count($post['comments']), "\n";
}

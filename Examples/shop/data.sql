CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT NOT NULL, supplier TEXT);
CREATE TABLE prices (product TEXT PRIMARY KEY, amount REAL, form TEXT, heavy INTEGER NOT NULL DEFAULT 0);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
INSERT INTO products SELECT printf('p%02d', i), 'thing', 'Acme' FROM n;
INSERT INTO prices (product, amount, form) SELECT id, 12.5, 'number' FROM products;
UPDATE prices SET amount = NULL WHERE product = 'p01';
DELETE FROM prices WHERE product = 'p02';
UPDATE prices SET form = 'none' WHERE product = 'p03';
UPDATE prices SET form = 'text' WHERE product = 'p04';
UPDATE prices SET form = 'new' WHERE product = 'p05';
UPDATE products SET supplier = NULL WHERE id = 'p13';
DELETE FROM products WHERE id = 'p14';
UPDATE products SET name = 'voucher' WHERE id = 'p15';
UPDATE prices SET heavy = 1 WHERE product = 'p20';

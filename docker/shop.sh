#!/bin/bash
# Run once by the image of MySQL, in an empty database: the account for replication, a small shop, and somebody who buys.
# Sourced by the image's own script, so it must not exit and leaves no options behind.
secret=${SOURCE_PASSWORD//\\/\\\\}
mysql --protocol=socket --user=root --password="$MYSQL_ROOT_PASSWORD" <<SQL
CREATE USER 'repl'@'%' IDENTIFIED BY '${secret//\'/\'\'}';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'repl'@'%';
GRANT SELECT ON shop.* TO 'repl'@'%';

CREATE DATABASE shop;
USE shop;
CREATE TABLE hot_item (
  id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
  name VARCHAR(60) NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  sold INT UNSIGNED NOT NULL DEFAULT 0,
  updated TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
);
CREATE TABLE purchase (
  id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
  item INT UNSIGNED NOT NULL,
  quantity INT UNSIGNED NOT NULL,
  at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
);
INSERT INTO hot_item (name, price) VALUES
  ('kettle', 29.90), ('umbrella', 14.50), ('bicycle bell', 8.20), ('green tea', 4.75), ('notebook', 3.10);

DELIMITER //
CREATE EVENT somebody_buys ON SCHEDULE EVERY 1 SECOND DO
BEGIN
  DECLARE bought INT UNSIGNED DEFAULT 1 + FLOOR(RAND() * 5);
  DECLARE pieces INT UNSIGNED DEFAULT 1 + FLOOR(RAND() * 3);
  START TRANSACTION;
  INSERT INTO purchase (item, quantity) VALUES (bought, pieces);
  UPDATE hot_item SET sold = sold + pieces WHERE id = bought;
  DELETE FROM purchase WHERE at < NOW() - INTERVAL 10 MINUTE LIMIT 5;
  COMMIT;
END //
DELIMITER ;
SQL

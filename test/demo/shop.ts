import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createConnection, type Connection, type ResultSetHeader } from 'mysql2/promise';
import type { MysqlServer } from '../stack/mysql-server.js';

export const REPLICATION_USER = 'repl';
/** The tables of `shop` that the task replicates; `tmp_cart` it leaves out. */
export const SHOP_TABLES = ['hot_item', 'orders'] as const;

const NAMES = ['kettle', 'umbrella', 'bicycle bell', 'green tea', 'notebook', 'lamp', 'sledge', 'tin whistle'];
const PAUSE_MS = 250;

/** A small shop database and the people who buy in it. */
export class Shop {
  readonly #connection: Connection;
  #inserted = 0;
  #updated = 0;
  #deleted = 0;
  #orders: number[] = [];

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes the database and the account for replication, which may do no more than it needs. */
  static async open(server: MysqlServer, password: string): Promise<Shop> {
    const { host, port, user } = server;
    const connection = await createConnection({ host, port, user, password: server.password });
    const shop = new Shop(connection);
    try {
      await shop.#make(password);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return shop;
  }

  /** Rows changed in the replicated tables since the database was made, each committed. */
  get committed(): { readonly inserts: number; readonly updates: number; readonly deletes: number } {
    return { inserts: this.#inserted, updates: this.#updated, deletes: this.#deleted };
  }

  get committedRows(): number {
    return this.#inserted + this.#updated + this.#deleted;
  }

  /** Somebody buys, a price changes, an old order is cleared away: a few changes per second until the signal. */
  async trade(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      if (turn % 4 === 3) await this.#reprice();
      else if (this.#orders.length > 6) await this.#clearAway();
      else await this.#sell();
      await pause(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  close(): void {
    this.#connection.destroy();
  }

  async #make(password: string): Promise<void> {
    const account = this.#connection.escape(REPLICATION_USER) + "@'%'";
    const statements = [
      `CREATE USER ${account} IDENTIFIED BY ${this.#connection.escape(password)}`,
      `GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT ON *.* TO ${account}`,
      'CREATE DATABASE shop',
      `CREATE TABLE shop.hot_item (id INT UNSIGNED PRIMARY KEY, name VARCHAR(60) NOT NULL, price DECIMAL(10,2) NOT NULL,
         sold INT UNSIGNED NOT NULL DEFAULT 0)`,
      `CREATE TABLE shop.orders (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, item INT UNSIGNED NOT NULL,
         quantity INT UNSIGNED NOT NULL, at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))`,
      'CREATE TABLE shop.tmp_cart (id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, item INT UNSIGNED NOT NULL)',
    ];
    for (const statement of statements) await this.#connection.query(statement);
    const items = NAMES.map((name, i) => [i + 1, name, 3 + i * 2.5]);
    const added = await this.#change('INSERT INTO shop.hot_item (id, name, price) VALUES ?', [items]);
    this.#inserted += added.affectedRows;
  }

  /** One transaction over two tables, and a row in a table that is not replicated. */
  async #sell(): Promise<void> {
    const item = randomInt(1, NAMES.length + 1);
    const quantity = randomInt(1, 4);
    await this.#connection.beginTransaction();
    await this.#change('INSERT INTO shop.tmp_cart (item) VALUES (?)', [item]);
    const order = await this.#change('INSERT INTO shop.orders (item, quantity) VALUES (?, ?)', [item, quantity]);
    await this.#change('UPDATE shop.hot_item SET sold = sold + ? WHERE id = ?', [quantity, item]);
    await this.#connection.commit();
    this.#orders.push(order.insertId);
    this.#inserted++;
    this.#updated++;
  }

  async #reprice(): Promise<void> {
    const changed = await this.#change('UPDATE shop.hot_item SET price = price + 0.10 WHERE id = ?', [
      randomInt(1, NAMES.length + 1),
    ]);
    this.#updated += changed.affectedRows;
  }

  async #clearAway(): Promise<void> {
    const gone = await this.#change('DELETE FROM shop.orders WHERE id = ?', [this.#orders.shift()]);
    this.#deleted += gone.affectedRows;
  }

  async #change(sql: string, values: unknown[]): Promise<ResultSetHeader> {
    const [result] = await this.#connection.query<ResultSetHeader>(sql, values);
    return result;
  }
}

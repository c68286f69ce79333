const POINT = 1;

/**
 * MySQL's geometry (four bytes of SRID, little-endian, then WKB) as Debezium's struct: `{ wkb, srid }`, and `{ x, y, wkb, srid }` for
 * a point. SRID 0, MySQL's "none", is null.
 */
export function geometryJson(bytes: Buffer): string {
  if (bytes.length < 9) return `{"wkb":"${bytes.subarray(4).toString('base64')}","srid":null}`;
  const srid = bytes.readUInt32LE(0);
  const wkb = bytes.subarray(4);
  const rest = `"wkb":"${wkb.toString('base64')}","srid":${srid === 0 ? 'null' : srid}}`;
  const little = wkb[0] === 1;
  const type = little ? wkb.readUInt32LE(1) : wkb.readUInt32BE(1);
  if (type !== POINT || wkb.length < 21) return `{${rest}`;
  const x = little ? wkb.readDoubleLE(5) : wkb.readDoubleBE(5);
  const y = little ? wkb.readDoubleLE(13) : wkb.readDoubleBE(13);
  return `{"x":${x},"y":${y},${rest}`;
}

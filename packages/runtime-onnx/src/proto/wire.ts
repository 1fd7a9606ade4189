/** @file The protobuf wire format, as far as ONNX needs it: varints, 32-bit floats, length-delimited fields. */

const VARINT = 0;
const DELIMITED = 2;
const FIXED32 = 5;

const UTF8 = new TextEncoder();

/** Writes fields of one message into a growing buffer. */
export class MessageWriter {
  #buffer = new Uint8Array(256);
  #length = 0;

  /** The bytes written so far. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** An integer field (int32, int64, enum); negative numbers take ten bytes, as the format has it. */
  integer(field: number, value: number): this {
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  /** A float field. */
  float(field: number, value: number): this {
    this.#varint(field * 8 + FIXED32);
    this.#reserve(4);
    new DataView(this.#buffer.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  /** A string field in UTF-8. */
  string(field: number, value: string): this {
    return this.delimited(field, UTF8.encode(value));
  }

  /** A field of bytes, or of a message that is encoded already. */
  delimited(field: number, bytes: Uint8Array): this {
    this.header(field, bytes.byteLength);
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
    return this;
  }

  /** A message field, written by `write`. */
  message(field: number, write: (writer: MessageWriter) => void): this {
    const writer = new MessageWriter();
    write(writer);
    return this.delimited(field, writer.bytes());
  }

  /** The start of a delimited field whose `length` bytes the caller writes elsewhere. */
  header(field: number, length: number): this {
    this.#varint(field * 8 + DELIMITED);
    this.#varint(length);
    return this;
  }

  #varint(value: number): void {
    this.#reserve(10);
    if (value < 0) return this.#negative(value);
    // Lengths pass 2^31, so no 32-bit shifts.
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Two's complement over 64 bits. */
  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const capacity = this.#length + count;
    if (capacity <= this.#buffer.byteLength) return;
    const larger = new Uint8Array(Math.max(capacity, 2 * this.#buffer.byteLength));
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}

using System.Buffers;
using System.Collections;
using System.Text;

namespace Grpc.Core;

/// <summary>
/// The headers or trailers of a call. Keys are ASCII and lower-case; a key that ends in <c>-bin</c> carries bytes,
/// any other carries ASCII text. A key may occur more than once.
/// </summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    /// <summary>The end of a key whose value is binary.</summary>
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>No entries, and read-only.</summary>
    public static readonly Metadata Empty = new(readOnly: true);

    private readonly List<Entry> entries = [];

    public Metadata() : this(readOnly: false) { }

    private Metadata(bool readOnly) => IsReadOnly = readOnly;

    public bool IsReadOnly { get; }

    public int Count => entries.Count;

    public Entry this[int index]
    {
        get => entries[index];
        set => Writable()[index] = NotNull(value);
    }

    /// <summary>The last entry with this key, whatever its case, or null.</summary>
    public Entry? Get(string key) => entries.FindLast(entry => entry.HasKey(key));

    /// <summary>The text of the last entry with this key, or null.</summary>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The bytes of the last entry with this key, or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    /// <summary>Every entry with this key, whatever its case, in order.</summary>
    public IEnumerable<Entry> GetAll(string key)
    {
        // By index, because callers may change the metadata while they read.
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].HasKey(key)) yield return entries[i];
        }
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    public void Add(Entry item) => Writable().Add(NotNull(item));

    public void Insert(int index, Entry item) => Writable().Insert(index, NotNull(item));

    public bool Remove(Entry item) => Writable().Remove(item);

    public void RemoveAt(int index) => Writable().RemoveAt(index);

    public void Clear() => Writable().Clear();

    public bool Contains(Entry item) => entries.Contains(item);

    public int IndexOf(Entry item) => entries.IndexOf(item);

    public void CopyTo(Entry[] array, int arrayIndex) => entries.CopyTo(array, arrayIndex);

    public IEnumerator<Entry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Entry> Writable() =>
        IsReadOnly ? throw new InvalidOperationException("This metadata is read-only.") : entries;

    private static Entry NotNull(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item;
    }

    /// <summary>One key with its text or its bytes. It never changes.</summary>
    public class Entry
    {
        private static readonly SearchValues<char> KeyCharacters =
            SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

        private readonly string? text;
        private readonly byte[]? bytes;

        /// <summary>A binary entry; its key must end in <c>-bin</c>.</summary>
        public Entry(string key, byte[] valueBytes) : this(key, binary: true)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            bytes = [.. valueBytes];
        }

        /// <summary>A text entry; its key must not end in <c>-bin</c>.</summary>
        public Entry(string key, string value) : this(key, binary: false)
        {
            ArgumentNullException.ThrowIfNull(value);
            text = value;
        }

        private Entry(string key, bool binary)
        {
            ArgumentNullException.ThrowIfNull(key);
            if (key.AsSpan().ContainsAnyExcept(KeyCharacters))
            {
                throw new ArgumentException(
                    "A metadata key has only letters, digits, underscores, hyphens and dots.", nameof(key));
            }

            Key = key.ToLowerInvariant();
            if (IsBinary != binary)
            {
                throw new ArgumentException(
                    $"The key of a binary value, and no other, ends in '{BinaryHeaderSuffix}'.", nameof(key));
            }
        }

        /// <summary>The key, in lower case.</summary>
        public string Key { get; }

        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        /// <summary>The text; a binary entry has none and throws <see cref="InvalidOperationException"/>.</summary>
        public string Value =>
            text ?? throw new InvalidOperationException("A binary metadata entry has no text.");

        /// <summary>A copy of the bytes; for a text entry, those of its text.</summary>
        public byte[] ValueBytes => bytes is null ? Encoding.ASCII.GetBytes(text!) : [.. bytes];

        internal bool HasKey(string? key) => Key.Equals(key, StringComparison.OrdinalIgnoreCase);

        public override string ToString() => bytes is null
            ? $"[Entry: key={Key}, value={text}]"
            : $"[Entry: key={Key}, valueBytes={bytes.Length} bytes]";
    }
}

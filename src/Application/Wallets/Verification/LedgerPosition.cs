using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace CleanMessaging.Application.Wallets.Verification;

/// <summary>
/// The state of a verification between two steps. Its size does not depend on the size of the ledger. Callers see it as an opaque cursor.
/// </summary>
/// <param name="At">The user, message or reversed line that was verified last.</param>
/// <param name="Account">The sums of the user <paramref name="At"/>, who may have more lines.</param>
/// <param name="Totals">The totals of the verification so far.</param>
public sealed record LedgerPosition(LedgerPhase Phase, Guid At, AccountSum Account, LedgerTotals Totals)
{
    public static readonly LedgerPosition Start = new(LedgerPhase.Wallets, Guid.Empty, AccountSum.None, default);

    private const byte Version = 1;
    private const int GuidLength = 16;
    private const int Length = 2 + GuidLength + (2 * 8) + 16 + (4 * 8) + 16 + 4;

    /// <summary>Parses the result of <see cref="ToString"/>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out LedgerPosition? position)
    {
        position = null;
        if (!Base64Url.IsValid(text, out var length) || length != Length)
            return false;

        var reader = new Reader(Base64Url.DecodeFromChars(text));
        if (reader.Byte() != Version || (LedgerPhase)reader.Byte() is var phase && !Enum.IsDefined(phase))
            return false;

        position = new LedgerPosition(
            phase,
            reader.Guid(),
            new AccountSum(reader.Int64(), reader.Int64(), reader.Int128()),
            new LedgerTotals(reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int128(), reader.Int32()));

        return position.Totals is { Wallets: >= 0, Lines: >= 0, Messages: >= 0, Reversals: >= 0, Differences: >= 0 };
    }

    public override string ToString()
    {
        var bytes = new byte[Length];
        var writer = new Writer(bytes);
        writer.Byte(Version);
        writer.Byte((byte)Phase);
        writer.Guid(At);
        writer.Int64(Account.Number);
        writer.Int64(Account.Balance);
        writer.Int128(Account.Sum);
        writer.Int64(Totals.Wallets);
        writer.Int64(Totals.Lines);
        writer.Int64(Totals.Messages);
        writer.Int64(Totals.Reversals);
        writer.Int128(Totals.Balance);
        writer.Int32(Totals.Differences);

        return Base64Url.EncodeToString(bytes);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public byte Byte() => Take(1)[0];

        public Guid Guid() => new(Take(GuidLength), bigEndian: true);

        public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

        public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

        public Int128 Int128() => BinaryPrimitives.ReadInt128BigEndian(Take(16));

        private ReadOnlySpan<byte> Take(int length)
        {
            var taken = _rest[..length];
            _rest = _rest[length..];

            return taken;
        }
    }

    private ref struct Writer(Span<byte> bytes)
    {
        private Span<byte> _rest = bytes;

        public void Byte(byte value) => Take(1)[0] = value;

        public void Guid(Guid value) => value.TryWriteBytes(Take(GuidLength), bigEndian: true, out _);

        public void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Take(4), value);

        public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

        public void Int128(Int128 value) => BinaryPrimitives.WriteInt128BigEndian(Take(16), value);

        private Span<byte> Take(int length)
        {
            var taken = _rest[..length];
            _rest = _rest[length..];

            return taken;
        }
    }
}

/// <summary>The phases of a verification, in their order.</summary>
public enum LedgerPhase : byte
{
    /// <summary>Compares each wallet with its ledger lines.</summary>
    Wallets,

    /// <summary>Compares the charge of each message with its payments.</summary>
    Messages,

    /// <summary>Compares each reversal with the transaction that it reverses.</summary>
    Reversals,

    /// <summary>The verification is complete.</summary>
    Done,
}

/// <summary>The sums of one user's ledger lines, as far as they were read.</summary>
/// <param name="Number">The last line's number; 0 before the first.</param>
/// <param name="Balance">The balance after the last line, as stored in that line.</param>
/// <param name="Sum">The sum of all amounts. Corrupted amounts may add up to more than 64 bits.</param>
public readonly record struct AccountSum(long Number, long Balance, Int128 Sum)
{
    /// <summary>The sums of a user without any line read.</summary>
    public static readonly AccountSum None;
}

/// <summary>The totals of a verification.</summary>
/// <param name="Differences">The number of reported differences.</param>
public readonly record struct LedgerTotals(long Wallets, long Lines, long Messages, long Reversals, Int128 Balance, int Differences);

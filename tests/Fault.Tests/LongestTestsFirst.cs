using CleanMessaging.Fault.Tests.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

/// <summary>The classes of this project that take the longest.</summary>
public sealed class LongestTestsFirst() : LongestFirst(typeof(KilledUploadTests), typeof(TransferMemoryTests));

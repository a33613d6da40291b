using CleanMessaging.WebApi.Requests;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Media;

/// <summary>The bytes of a file that a request asks for (RFC 9110, section 14).</summary>
internal readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>
    /// Returns the range of a request; null for the whole file: without a range, with several, with one that cannot be read, with one of
    /// another version of the file, and for a request of the headers only.
    /// </summary>
    /// <param name="total">The size of the file.</param>
    /// <param name="isSatisfiable">False if the range has no byte of the file.</param>
    public static ByteRange? Of(HttpRequest request, long total, EntityTagHeaderValue tag, out bool isSatisfiable)
    {
        isSatisfiable = true;
        var headers = request.GetTypedHeaders();
        if (HeadRequests.IsHead(request.HttpContext)
            || headers.Range is not { Ranges.Count: 1 } range
            || !range.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        // A condition that cannot be read does not match either.
        if (request.Headers.ContainsKey(HeaderNames.IfRange) && headers.IfRange?.EntityTag?.Compare(tag, useStrongComparison: true) != true)
            return null;

        var one = range.Ranges.Single();

        // Without a first byte, the last one is a number of bytes from the end.
        var first = one.From ?? Math.Max(0, total - one.To!.Value);
        var last = one.From is null ? total - 1 : Math.Min(one.To ?? long.MaxValue, total - 1);
        isSatisfiable = first < total && first <= last && one is not { From: null, To: 0 };

        return isSatisfiable ? new ByteRange(first, last - first + 1) : null;
    }
}

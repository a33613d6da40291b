using System.Text;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// Collects what a starting process prints about its failure. What it prints later is discarded, because it can contain parts of a file.
/// </summary>
internal sealed class StartupErrorOutput(int lengthMax)
{
    private readonly StringBuilder _text = new();
    private bool _isClosed;

    public void Add(string? line)
    {
        lock (_text)
        {
            if (!_isClosed && line is not null && _text.Length < lengthMax)
                _text.Append(line.AsSpan(0, Math.Min(line.Length, lengthMax - _text.Length))).Append(' ');
        }
    }

    public void Close()
    {
        lock (_text)
        {
            _isClosed = true;
            _text.Clear();
        }
    }

    public override string ToString()
    {
        lock (_text)
            return _text.ToString().Trim();
    }
}

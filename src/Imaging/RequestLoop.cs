using System.Buffers.Binary;

namespace CleanMessaging.Imaging;

/// <summary>
/// Answers requests, one after the other, until the standard input ends. Integers are 32 bits, little endian.
/// </summary>
/// <remarks>
/// The program first writes <see cref="_greeting"/> and <see cref="Confinement.Level"/>, once the native library is loaded. A request is
/// the format with the form (1 byte), the length and the file. An answer is the status (1 byte), and if the image was converted: its width
/// and height, the length of the thumbnail, the width and height of the placeholder, the length of the original; then the thumbnail, the
/// placeholder and the original. <c>ImageProcess</c> of the server is the other side. They are always published as one, so
/// each side supports one version of the protocol, which the greeting names.
/// </remarks>
internal static class RequestLoop
{
    private const int FileBytesMax = 64 * 1024 * 1024;

    /// <summary>The header of a request: the format with the form, and the length.</summary>
    private const int HeaderBytes = 1 + sizeof(int);

    /// <summary>The name and the version of the protocol.</summary>
    private static readonly byte[] _greeting = "CMI2"u8.ToArray();

    /// <exception cref="IOException">The server has closed its end in the middle of a request or an answer.</exception>
    public static void Run(Stream requests, Stream answers)
    {
        answers.Write([.. _greeting, Confinement.Level]);
        answers.Flush();
        Span<byte> header = stackalloc byte[HeaderBytes];
        while (requests.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length)
        {
            var form = (ImageForm)(header[0] & (byte)ImageForm.Square);
            var format = (ImageFormat)(header[0] & ~(byte)ImageForm.Square);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header[1..]);
            if (!Enum.IsDefined(format) || length is < 1 or > FileBytesMax)
                throw new InvalidDataException("The request has another form.");

            Answer(answers, Convert(format, form, requests, length));
        }
    }

    /// <summary>In a method of its own, so that the file is released before the next one is read.</summary>
    private static Conversion Convert(ImageFormat format, ImageForm form, Stream requests, int length)
    {
        var file = GC.AllocateUninitializedArray<byte>(length);
        requests.ReadExactly(file);

        return ImageConverter.Convert(format, form, file);
    }

    private static void Answer(Stream answers, Conversion conversion)
    {
        answers.WriteByte((byte)conversion.Status);
        if (conversion.Image is { } image)
        {
            Write(answers, image.Width);
            Write(answers, image.Height);
            Write(answers, image.Thumbnail.Length);
            Write(answers, image.Placeholder.Width);
            Write(answers, image.Placeholder.Height);
            Write(answers, image.Original.Length);
            answers.Write(image.Thumbnail);
            answers.Write(image.Placeholder.Pixels);
            answers.Write(image.Original);
        }

        answers.Flush();
    }

    private static void Write(Stream answers, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        answers.Write(bytes);
    }
}

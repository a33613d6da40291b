namespace CleanMessaging.Benchmarks.Reference;

/// <summary>Stores and sends files as they are: no accounts, encryption, inspection or visibility.</summary>
internal static class Files
{
    public static void MapFiles(this IEndpointRouteBuilder app, string folder)
    {
        app.MapPut("/files/{id:guid}", async (Guid id, HttpRequest request) =>
        {
            await using var file = new FileStream(PathOf(id), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await request.Body.CopyToAsync(file);
            file.Flush(flushToDisk: true);

            return Results.NoContent();
        });
        app.MapGet("/files/{id:guid}", (Guid id) => Results.File(PathOf(id), "application/octet-stream"));
        app.MapDelete("/files/{id:guid}", (Guid id) =>
        {
            File.Delete(PathOf(id));

            return Results.NoContent();
        });

        string PathOf(Guid id) => Path.Combine(folder, $"reference-{id}");
    }
}

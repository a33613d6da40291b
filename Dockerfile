FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# What a restore depends on comes first, so that a change of code alone does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Domain/Domain.csproj src/Domain/
COPY src/Application/Application.csproj src/Application/
COPY src/Infrastructure/Infrastructure.csproj src/Infrastructure/
COPY src/Client/Client.csproj src/Client/
COPY src/WebClient/WebClient.csproj src/WebClient/
COPY src/WebApi/WebApi.csproj src/WebApi/
RUN dotnet restore src/WebApi

COPY src src
RUN dotnet publish src/WebApi --no-restore --configuration Release --output /app

# Has ICU, which the server normalizes text with; the chiseled images have it in their "extra" variants only.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .

# The image's own account without rights, by number, so that a cluster can tell that it is not root.
USER $APP_UID
EXPOSE 8080
ENTRYPOINT ["dotnet", "CleanMessaging.WebApi.dll"]
